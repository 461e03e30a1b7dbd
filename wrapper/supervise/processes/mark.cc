// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/mark.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "wrapper/common/read_file.h"

namespace covenv::supervise {
namespace {

constexpr std::string_view kMarkName = "COVENV_WRAPPER=";

}  // namespace

std::string new_mark() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
    number = static_cast<std::uint64_t>(getpid());
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string mark(kMarkName);
  for (int shift = 60; shift >= 0; shift -= 4) mark += kDigits[number >> shift & 15U];
  return mark;
}

bool has_mark(pid_t pid, std::string_view mark) {
  const std::string entries = read_file("/proc/" + std::to_string(pid) + "/environ").value_or("");
  const std::string_view text = entries;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    const std::string_view entry = text.substr(at, end - at);
    if (entry.starts_with(kMarkName) && entry.ends_with(mark)) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace covenv::supervise
