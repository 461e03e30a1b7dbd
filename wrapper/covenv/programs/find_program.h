// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// True for a regular file that this process may execute.
bool is_executable(const std::string& path);

/// The path of a program: `name` itself if it has a slash, else the first along PATH; empty if
/// there is none.
std::string find_program(const std::string& name);

}  // namespace covenv
