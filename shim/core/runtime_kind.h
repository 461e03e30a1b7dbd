// SPDX-License-Identifier: MIT
// The runtimes whose processes can be asked to save.
#pragma once

#include <cstdint>

namespace covenv {

enum class RuntimeKind : std::uint8_t {
  kNone,
  kPython,  ///< CPython
  kNode,
  kJvm,
  kRuby,
  kPerl,
  kPhp,
};

}  // namespace covenv
