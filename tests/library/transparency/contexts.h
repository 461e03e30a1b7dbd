// SPDX-License-Identifier: MIT
// The contexts in which a call is made.
#pragma once

#include <string_view>

#include "scene.h"

namespace transparency {

// `name` is main, vfork, thread, handler or altstack; false for any other. A call that replaces its
// process is made in a child, which is waited for.
bool make_in_context(std::string_view context, const Call& call, bool replaces, Result& result);

}  // namespace transparency
