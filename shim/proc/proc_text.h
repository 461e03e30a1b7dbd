// SPDX-License-Identifier: MIT
// The texts of /proc, piece by piece.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "shim/proc/kernel.h"

namespace covenv {

/// "/proc/<number><tail>".
class ProcPath {
 public:
  explicit ProcPath(std::string_view path) {
    append(path);
    text_[size_] = '\0';
  }

  ProcPath(std::string_view head, long number, std::string_view tail) {
    append(head);
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (count != 0) text_[size_++] = digits[--count];
    append(tail);
    text_[size_] = '\0';
  }

  const char* c_str() const { return text_; }

 private:
  void append(std::string_view part) {
    for (const char byte : part) text_[size_++] = byte;
  }

  char text_[64];
  std::size_t size_ = 0;
};

/// Passes a /proc file to `take`, piece by piece. Returns true as soon as `take` does.
template <typename Take>
bool read_proc(const Kernel& kernel, const ProcPath& path, Take take) {
  const int fd = kernel.open_proc(path.c_str());
  if (fd < 0) return false;
  char piece[1024];
  bool enough = false;
  while (!enough) {
    const long got = kernel.read(fd, std::span<char>(piece));
    if (got <= 0) break;
    enough = take(std::string_view(piece, static_cast<std::size_t>(got)));
  }
  kernel.close(fd);
  return enough;
}

/// Whether `is_it` is true of one of the strings in a file of /proc, each of which ends with `end`.
/// Of a long string `is_it` gets the start only.
template <typename IsIt>
bool any_string(const Kernel& kernel, const ProcPath& path, IsIt is_it, char end = '\0') {
  char text[512];  // enough for a name, and for an agent's path
  std::size_t length = 0;
  return read_proc(kernel, path, [&](std::string_view piece) {
    for (const char byte : piece) {
      if (byte != end) {
        if (length < sizeof(text) - 1) text[length++] = byte;
        continue;
      }
      text[length] = '\0';
      length = 0;
      if (is_it(static_cast<const char*>(text))) return true;
    }
    return false;
  });
}

}  // namespace covenv
