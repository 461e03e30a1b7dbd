// SPDX-License-Identifier: MIT
// Bytes in JSON. Each byte becomes the code point of the same number (latin-1), because JSON would
// not take bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace transparency {

inline std::string text_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return text;
}

}  // namespace transparency
