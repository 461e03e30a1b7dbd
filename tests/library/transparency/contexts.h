// SPDX-License-Identifier: MIT
// Where a call is made from.
#pragma once

#include <string_view>

#include "scene.h"

namespace transparency {

// One of main, vfork, thread, handler, altstack; false for any other name. A call that replaces
// its process is made in a child of this one, which is waited for.
bool make_in_context(std::string_view context, const Call& call, bool replaces, Result& result);

}  // namespace transparency
