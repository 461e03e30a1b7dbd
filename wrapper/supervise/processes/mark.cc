// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/mark.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "wrapper/common/read_file.h"

namespace covenv::supervise {

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
  const auto entries = read_file("/proc/" + std::to_string(pid) + "/environ");
  return entries && ('\0' + *entries).find('\0' + mark + '\0') != std::string::npos;
}

}  // namespace covenv::supervise
