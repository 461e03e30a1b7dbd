// SPDX-License-Identifier: MIT
#include "wrapper/common/printable.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace covenv {
namespace {

/// How many bytes the character at the front of `bytes` has; 0: it is no UTF-8.
std::size_t character_length(std::string_view bytes) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

/// C1 controls, and marks and overrides of the direction of writing, because with them a terminal
/// shows another text than the bytes.
bool is_deceptive(std::string_view character) {
  if (character.size() == 2) {
    return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  }
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(character[1]);
  const auto third = static_cast<unsigned char>(character[2]);
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

void append_escaped(std::string& text, std::string_view bytes) {
  for (const char byte : bytes) {
    switch (byte) {
      case '\n':
        text += "\\n";
        continue;
      case '\t':
        text += "\\t";
        continue;
      case '\r':
        text += "\\r";
        continue;
      default:
        break;
    }
    std::array<char, 5> hex;
    std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(byte));
    text += hex.data();
  }
}

}  // namespace

std::string printable(std::string_view bytes, std::size_t most) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    const std::string_view character = bytes.substr(0, std::max<std::size_t>(length, 1));
    if (text.size() + character.size() > most) return text + "…";
    const auto first = static_cast<unsigned char>(character[0]);
    if (length == 0 || first < 0x20 || first == 0x7F || is_deceptive(character)) {
      append_escaped(text, character);
    } else {
      text += character;
    }
    bytes.remove_prefix(character.size());
  }
  return text;
}

}  // namespace covenv
