// SPDX-License-Identifier: MIT
// The LD_PRELOAD list of a child: entries separated by colons or spaces, ours among them or not.
#pragma once

#include <cstddef>
#include <string_view>

namespace covenv {

/// Our own library, and whether the child's program may load it.
struct Preload {
  std::string_view path;  ///< as absolute as it could be made; empty: we do not know ourselves
  bool wanted = true;
};

/// What has to happen to one LD_PRELOAD value.
enum class PreloadEdit : unsigned char {
  kKeep,     ///< it is right as it is
  kRewrite,  ///< ours is added at its end, taken out, or made absolute where it stands
  kDrop,     ///< nothing is left of it: the variable goes
};

PreloadEdit plan_preload(std::string_view list, const Preload& preload);

/// The edited list's size in bytes; written to `out` (no NUL) unless that is nullptr.
/// Entries of others keep their bytes, their order and their separators.
std::size_t edit_preload(std::string_view list, const Preload& preload, char* out);

}  // namespace covenv
