// SPDX-License-Identifier: MIT
#include "shim/core/memory_map.h"

#include "shim/core/digit.h"

namespace covenv {
namespace {

/// Takes a number, and the byte behind it, off the front. False if that is not what is there.
bool take_number(std::string_view& text, unsigned base, char end, std::uint64_t& number) {
  number = 0;
  std::size_t size = 0;
  for (; size < text.size() && digit_value(text[size]) < base; ++size) {
    number = number * base + digit_value(text[size]);
  }
  if (size == 0 || size == text.size() || text[size] != end) return false;
  text.remove_prefix(size + 1);
  return true;
}

}  // namespace

bool parse_mapping(std::string_view line, Mapping& mapping) {
  // start-end rwxp offset major:minor inode      path
  constexpr std::size_t kRights = 5;
  std::uint64_t skipped = 0;
  mapping = {};
  if (!take_number(line, 16, '-', mapping.start)) return false;
  if (!take_number(line, 16, ' ', skipped) || line.size() < kRights) return false;
  mapping.is_executable = line[2] == 'x';
  line.remove_prefix(kRights);
  if (!take_number(line, 16, ' ', mapping.offset) || !take_number(line, 16, ':', skipped) ||
      !take_number(line, 16, ' ', skipped) || !take_number(line, 10, ' ', mapping.inode)) {
    return false;
  }
  while (line.starts_with(' ')) line.remove_prefix(1);
  mapping.path = line;
  return true;
}

}  // namespace covenv
