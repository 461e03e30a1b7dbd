// SPDX-License-Identifier: MIT
#include "shim/proc/path_writer.h"

namespace covenv {

void PathWriter::add(std::string_view text) {
  for (const char byte : text) add(byte);
}

void PathWriter::add_number(std::uint64_t number) {
  if (number > 9) add_number(number / 10);
  add(static_cast<char>('0' + number % 10));
}

void PathWriter::add_hex(std::uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) add("0123456789abcdef"[number >> shift & 15]);
}

bool PathWriter::finish() {
  add('\0');
  return fits_;
}

void PathWriter::add(char byte) {
  fits_ = fits_ && size_ < into_.size();
  if (fits_) into_[size_++] = byte;
}

}  // namespace covenv
