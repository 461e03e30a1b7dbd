// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace covenv {

constexpr bool starts_with(const char* text, std::string_view begin) {
  for (const char letter : begin) {
    if (*text++ != letter) return false;
  }
  return true;
}

/// Whether the loader has found this library in a folder of the system. Such libraries have
/// constructors, and no counters: each C++ program is linked to one.
constexpr bool is_system_library(const char* path) {
  return starts_with(path, "/lib/") || starts_with(path, "/usr/lib/") ||
         starts_with(path, "/lib64/") || starts_with(path, "/usr/lib64/");
}

}  // namespace covenv
