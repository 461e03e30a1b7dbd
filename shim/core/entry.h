// SPDX-License-Identifier: MIT
// Environment entries: NUL-terminated bytes, by custom "NAME=value", in any encoding.
#pragma once

#include <string_view>

namespace covenv {

/// The bytes before the first '='; the whole entry where there is none.
inline std::string_view name_of(const char* entry) {
  const char* end = entry;
  while (*end != '\0' && *end != '=') ++end;
  return {entry, static_cast<std::size_t>(end - entry)};
}

/// The bytes after the first '=', or nullptr for an entry without one.
inline const char* value_of(const char* entry) {
  const std::string_view name = name_of(entry);
  return entry[name.size()] == '=' ? entry + name.size() + 1 : nullptr;
}

/// Whether `entry` is "NAME=..." (or the bare NAME) for exactly this name.
inline bool has_name(const char* entry, std::string_view name) {
  for (const char expected : name) {
    if (*entry++ != expected) return false;
  }
  return *entry == '=' || *entry == '\0';
}

}  // namespace covenv
