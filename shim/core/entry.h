// SPDX-License-Identifier: MIT
// Environment entries: NUL-terminated bytes, by custom "NAME=value", in any encoding.
#pragma once

#include <cstdint>
#include <string_view>

namespace covenv {

/// The bytes before the first '='; the whole entry if there is none.
inline std::string_view name_of(const char* entry) {
  const char* end = entry;
  while (*end != '\0' && *end != '=') ++end;
  return {entry, static_cast<std::size_t>(end - entry)};
}

/// A name with its hash (FNV-1a), by which most comparisons fail early.
struct HashedName {
  explicit constexpr HashedName(const char* entry) : hash(2166136261U) {
    const char* end = entry;
    for (; *end != '\0' && *end != '='; ++end) {
      hash = (hash ^ static_cast<unsigned char>(*end)) * 16777619U;
    }
    text = {entry, static_cast<std::size_t>(end - entry)};
  }

  constexpr HashedName(std::string_view name, std::uint32_t its_hash)
      : text(name), hash(its_hash) {}

  std::string_view text;
  std::uint32_t hash;
};

/// The bytes after the first '=', or nullptr for an entry without one.
inline const char* value_of(const char* entry) {
  const std::string_view name = name_of(entry);
  return entry[name.size()] == '=' ? entry + name.size() + 1 : nullptr;
}

/// Whether the entry starts with `prefix`; mostly decided by one byte.
inline bool has_prefix(const char* entry, std::string_view prefix) {
  for (const char expected : prefix) {
    if (*entry++ != expected) return false;
  }
  return true;
}

/// Whether `entry` is "NAME=..." (or the bare NAME) of exactly this name.
inline bool has_name(const char* entry, std::string_view name) {
  for (const char expected : name) {
    if (*entry++ != expected) return false;
  }
  return *entry == '=' || *entry == '\0';
}

/// The value of the first entry of this name; nullptr if there is none. Points into the
/// environment.
inline const char* value_in(const char* const* environment, std::string_view name) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (has_name(*environment, name)) return value_of(*environment);
  }
  return nullptr;
}

/// Whether any entry of a NULL-terminated environment fits; false if `environment` is nullptr.
template <typename Fits>
bool any_entry(const char* const* environment, Fits fits) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (fits(*environment)) return true;
  }
  return false;
}

}  // namespace covenv
