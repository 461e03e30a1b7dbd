// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace covenv::supervise {

// Why no line can be appended to this file, and what mends that; empty: it can. spdlog would make
// the folders of a path that is misspelled, and say why it failed in its own way.
std::string log_problem(const std::string& file);

// What --verbose prints to stderr, and --log appends to a file. Without them nothing of spdlog
// runs.
class Log {
 public:
  // `file` of null: stderr, if `verbose`. Exits 125 where the file cannot be written.
  Log(bool verbose, const char* file);

  void started(pid_t child, std::int64_t grace, std::string_view library) const;
  void forwarded(const siginfo_t& signal, int sent, pid_t child) const;
  void clock_started(int signo, std::int64_t grace) const;
  void stepped(int signo) const;
  void child_ended(const siginfo_t& status) const;
  void parent_ended() const;
  void leftover(pid_t pid, int signo) const;
  void grace_over() const;

 private:
  spdlog::logger* logger_ = nullptr;  // for good: it is flushed at each line
};

}  // namespace covenv::supervise
