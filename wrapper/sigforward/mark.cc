// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/mark.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace covenv::sigforward {

std::string new_mark() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
    number = static_cast<std::uint64_t>(getpid());
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string mark = "COVENV_WRAPPER=";
  for (int shift = 60; shift >= 0; shift -= 4) mark += kDigits[number >> shift & 15U];
  return mark;
}

bool has_mark(pid_t pid, const std::string& mark) {
  const int fd = open(("/proc/" + std::to_string(pid) + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string text(1, '\0');
  std::array<char, 8192> piece = {};
  for (;;) {
    const ssize_t size = read(fd, piece.data(), piece.size());
    if (size <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  close(fd);
  return text.find('\0' + mark + '\0') != std::string::npos;
}

}  // namespace covenv::sigforward
