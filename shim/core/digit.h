// SPDX-License-Identifier: MIT
#pragma once

namespace covenv {

/// The value of a digit of a number to the base 10 or 16 (lower case); 16 if it is none.
constexpr unsigned digit_value(char byte) {
  if (byte >= '0' && byte <= '9') return static_cast<unsigned>(byte - '0');
  if (byte >= 'a' && byte <= 'f') return static_cast<unsigned>(byte - 'a') + 10;
  return 16;
}

}  // namespace covenv
