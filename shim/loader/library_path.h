// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// The path of this library, for the LD_PRELOAD of children: absolute if the loader knows it so, or
/// if the current directory completes it to one that LD_PRELOAD can express; else as the user wrote
/// it. Empty if no path is known. Static storage, NUL-terminated.
std::string_view own_path();

/// Whether this process, and so a program that it executes, can open the library by this path.
/// Another user may not, and another root may lack it; the loader would complain then. True of a
/// path that is not absolute, and on any doubt.
bool can_be_loaded(std::string_view own_path);

}  // namespace covenv
