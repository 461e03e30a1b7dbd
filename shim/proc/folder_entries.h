// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "shim/proc/kernel.h"

namespace covenv {

/// Whether `is_it(name)` is true of a name in an open folder; the first such name is the last that
/// is looked at. Takes 1 KiB of the stack.
template <typename IsIt>
bool any_name_in(const Kernel& kernel, int folder, IsIt is_it) {
  struct Entry {  // linux_dirent64, which libc does not declare
    std::uint64_t inode;
    std::int64_t offset;
    std::uint16_t size;
    unsigned char type;
    char name[1];
  };
  alignas(Entry) char entries[1024];
  while (true) {
    const long got = kernel.read_directory(folder, std::span<char>(entries));
    if (got <= 0) return false;
    for (long at = 0; at < got;) {
      const auto* const entry = reinterpret_cast<const Entry*>(entries + at);
      if (is_it(static_cast<const char*>(entry->name))) return true;
      at += entry->size;
    }
  }
}

}  // namespace covenv
