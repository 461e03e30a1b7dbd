// SPDX-License-Identifier: MIT
// A variable that a program does not export, found by the code of a function that reads it.
#pragma once

#include <cstddef>
#include <span>

namespace covenv {

struct LoadedGlobal {
  /// Where the variable is, as a distance from the first byte of the code; 0 if the code is not of
  /// the known form.
  std::ptrdiff_t distance = 0;
  /// The address at that place is the variable's.
  bool is_indirect = false;
};

/// For x86-64 code that does nothing but `return pointer->field`, `pointer` being the variable.
LoadedGlobal find_loaded_global(std::span<const unsigned char> code);

}  // namespace covenv
