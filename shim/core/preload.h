// SPDX-License-Identifier: MIT
// The LD_PRELOAD list of a child: entries separated by colons or spaces.
#pragma once

#include <cstddef>
#include <string_view>

namespace covenv {

/// Our own library, and whether the child's program may load it.
struct Preload {
  std::string_view path;  ///< absolute if that is known; empty if no path is known
  bool wanted = true;
};

/// Whether every loader takes this path for one entry: glibc's separates entries by colons and
/// spaces, and expands words after '$'; musl's separates them by any white space.
bool fits_ld_preload(std::string_view path);

/// The change that an LD_PRELOAD value needs.
enum class PreloadEdit : unsigned char {
  kKeep,     ///< none
  kRewrite,  ///< our entry is added at the end, taken out, or made absolute in its place
  kDrop,     ///< the variable is removed, because our entry was the only one
};

PreloadEdit plan_preload(std::string_view list, const Preload& preload);

/// Writes the edited list to `out` (no NUL) unless that is nullptr, and returns its size in bytes.
/// Entries of other libraries keep their bytes, their order and their separators.
std::size_t edit_preload(std::string_view list, const Preload& preload, char* out);

}  // namespace covenv
