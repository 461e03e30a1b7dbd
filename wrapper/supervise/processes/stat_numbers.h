// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace covenv::supervise {

/// The numbers of /proc/<pid>/stat, in one pass, as a signal waits meanwhile.
class StatNumbers {
 public:
  explicit StatNumbers(std::string_view stat) : end_(stat.data() + stat.size()) {
    /// The second is a name, which may hold blanks and parentheses.
    const void* const name_end = memrchr(stat.data(), ')', stat.size());
    at_ = name_end == nullptr ? end_ : static_cast<const char*>(name_end);
  }

  /// Counted from 1 as in proc_pid_stat(5); each higher than the one before.
  std::uint64_t at(int number) {
    for (; at_ != end_ && number_ < number; ++at_) number_ += *at_ == ' ' ? 1 : 0;
    std::uint64_t value = 0;
    std::from_chars(at_, end_, value);
    return value;
  }

 private:
  const char* at_;
  const char* end_;
  int number_ = 2;
};

}  // namespace covenv::supervise
