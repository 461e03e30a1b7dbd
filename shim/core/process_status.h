// SPDX-License-Identifier: MIT
// The texts of /proc/<pid>/status, /proc/<pid>/stat and /proc/<pid>/syscall (proc_pid_status(5),
// proc_pid_stat(5), proc_pid_syscall(5)).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covenv {

struct ProcessStatus {
  bool is_called_sigforward = false;
  char state = '?';  ///< R S D T (stopped) t (traced) Z X
  pid_t group_leader = 0;
  pid_t parent = 0;
  pid_t tracer = 0;           ///< the thread that traces it, or 0
  int threads = 0;            ///< those that are not gone, and the leader in any case
  std::uint64_t blocked = 0;  ///< bit n-1: signal n is blocked in the thread that was asked for
  std::uint64_t ignored = 0;  ///< bit n-1: signal n is ignored
  std::uint64_t caught = 0;   ///< bit n-1: signal n has a handler

  bool blocks(int signal) const { return has(blocked, signal); }
  bool catches(int signal) const { return has(caught, signal); }
  bool ignores(int signal) const { return has(ignored, signal); }

 private:
  static bool has(std::uint64_t mask, int signal) {
    return signal >= 1 && signal <= 64 && (mask >> static_cast<unsigned>(signal - 1) & 1U) != 0;
  }
};

/// Fed the file piece by piece, so that no line (there can be 65536 supplementary groups) needs
/// room.
class ProcessStatusParser {
 public:
  void feed(std::span<const char> text);

  /// Whether every field of ProcessStatus has been seen.
  bool complete() const { return seen_ == kAll; }
  const ProcessStatus& status() const { return status_; }

 private:
  void end_line();

  static constexpr unsigned kAll = 0xff;

  ProcessStatus status_;
  unsigned seen_ = 0;
  char line_[64] = {};  // the start of the current line; all fields that matter are short
  std::size_t size_ = 0;
};

struct ProcessStat {
  char state = '?';
  pid_t process_group = 0;
  int threads = 0;
  std::uint64_t start_time =
      0;  ///< clock ticks after boot: with the pid, it names a process for good
};

/// False where `text` does not reach as far as the start time. A name may hold blanks and
/// parentheses.
bool parse_process_stat(std::string_view text, ProcessStat& stat);

/// The address of the set of signals that a thread with this .../syscall waits for (sigwait(3)); 0:
/// it waits for none. The mask that .../status shows lacks those meanwhile.
std::uint64_t awaited_signals(std::string_view text);

/// Whether a thread with this .../syscall is blocked in a futex wait that has no timeout: only
/// another thread can end that, or a signal.
bool is_endless_futex_wait(std::string_view text);

}  // namespace covenv
