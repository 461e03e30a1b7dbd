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

/// Why no line can be appended to this file, and what fixes that; empty: lines can be appended. A
/// file that is not there is made, with `rights` as open() takes them.
/// Asked before spdlog, which would make the folders of a misspelled path, and report errors in its
/// own words.
std::string log_problem(const std::string& file, mode_t rights);

/// What --verbose prints to stderr, and --log appends to a file. Without both, no code of spdlog
/// runs.
class Log {
 public:
  /// `file` of null: stderr, if `verbose`. Exits 125 if the file cannot be written.
  Log(bool verbose, const char* file);

  /// `problem`: why nothing is preloaded, if that was wanted.
  void started(pid_t child, std::int64_t grace, std::string_view library,
               std::string_view problem) const;
  void forwarded(const siginfo_t& info, int sent, pid_t child) const;
  void clock_started(int signal, std::int64_t grace) const;
  void stepped(int signal) const;
  void child_ended(const siginfo_t& status) const;
  void parent_ended() const;
  void leftover(pid_t pid, int signal) const;
  void grace_over() const;

 private:
  spdlog::logger* logger_ = nullptr;  ///< never freed: each line is flushed
};

}  // namespace covenv::supervise
