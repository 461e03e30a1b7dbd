// SPDX-License-Identifier: MIT
#include "wrapper/common/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace covenv {

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> piece = {};
  while (text.size() < most) {
    const ssize_t size = read(fd, piece.data(), std::min(piece.size(), most - text.size()));
    if (size <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  close(fd);
  return text;
}

}  // namespace covenv
