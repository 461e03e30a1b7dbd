// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace covenv::sigforward {

// What --verbose prints to stderr. The first line sets spdlog up; without --verbose nothing of it
// runs.
class Log {
 public:
  explicit Log(bool verbose) : verbose_(verbose) {}

  void started(pid_t child, std::int64_t grace) const;
  void forwarded(const siginfo_t& signal, pid_t group) const;
  void clock_started(int signo, std::int64_t grace) const;
  void child_ended(const siginfo_t& status) const;
  void leftovers(pid_t group, std::int64_t deadline) const;
  void grace_over(pid_t group) const;

 private:
  bool verbose_;
};

}  // namespace covenv::sigforward
