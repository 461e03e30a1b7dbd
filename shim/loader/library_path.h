// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// The path of this library, for the LD_PRELOAD of children: absolute where the loader knows it or
/// the current directory completes it, else (or where it holds a blank or a colon, which LD_PRELOAD
/// cannot express) as the user wrote it. Empty where nothing is known. Static storage,
/// NUL-terminated.
std::string_view own_path();

/// Whether this process, and so what it executes, can open the library there: another user's may
/// not, and below another root there may be none. Then the loader would complain. True of a mere
/// name, and on any doubt.
bool can_be_loaded(std::string_view own_path);

}  // namespace covenv
