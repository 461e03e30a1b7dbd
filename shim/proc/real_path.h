// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace covenv {

inline constexpr std::size_t kLongestRealPath = 4096;

/// The absolute path of a file, without symbolic links; in `room`. Empty if the file cannot be
/// found, or its path is too long.
std::string_view real_path(const char* path, char (&room)[kLongestRealPath]);

}  // namespace covenv
