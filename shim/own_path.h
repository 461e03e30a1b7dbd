// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

/// The path of this library, for the LD_PRELOAD of children: absolute where the loader knows it or
/// the current directory completes it, else (or where it holds a blank or a colon, which LD_PRELOAD
/// cannot express) as the user wrote it. Empty where nothing is known. Static storage.
std::string_view own_path();

/// Whether this process, and so what it executes, can open the library there; true on any doubt.
/// Another user's process may not, and there may be no such file below another root.
bool can_be_loaded(std::string_view own_path);

}  // namespace covenv
