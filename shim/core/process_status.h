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
  /// The name is that of a covenv program which may trace a process, to keep its counters.
  bool is_called_keeper = false;
  bool is_called_ruby = false;
  bool is_called_php = false;
  char state = '?';  ///< R S D T (stopped) t (traced) Z X
  pid_t group_leader = 0;
  pid_t parent = 0;
  pid_t tracer = 0;            ///< the thread that traces it, or 0
  bool is_init = false;        ///< of a pid namespace: only signals that it handles end it
  int threads = 0;             ///< those that live, and the leader even if it has ended
  std::uint64_t blocked = 0;   ///< bit n-1: signal n is blocked in the thread that the text is of
  std::uint64_t pending = 0;   ///< bit n-1: signal n is sent to the thread or to all, not yet taken
  std::uint64_t ignored = 0;   ///< bit n-1: signal n is ignored
  std::uint64_t caught = 0;    ///< bit n-1: signal n has a handler
  uid_t user = 0;              ///< the owner of the files that the process makes
  gid_t group = 0;             ///< the group of these files
  mode_t umask = 0;            ///< the rights that these files do not get
  std::uint64_t code_kib = 0;  ///< of the program and of its libraries, as far as mapped

  bool blocks(int signal) const { return has(blocked, signal); }
  bool catches(int signal) const { return has(caught, signal); }
  bool ignores(int signal) const { return has(ignored, signal); }
  bool awaits(int signal) const { return has(pending, signal); }
  /// /proc also says "zombie" if the leading thread alone has ended.
  bool is_dead() const { return (state == 'Z' && threads <= 1) || state == 'X'; }

 private:
  static bool has(std::uint64_t mask, int signal) {
    return signal >= 1 && signal <= 64 && (mask >> static_cast<unsigned>(signal - 1) & 1U) != 0;
  }
};

/// Takes the file in pieces, because a line can be long (65536 supplementary groups).
class ProcessStatusParser {
 public:
  void feed(std::span<const char> text);

  /// Whether every field of ProcessStatus has been seen that each process has.
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
  bool is_exiting = false;  ///< the thread has begun to end
  /// Clock ticks after boot. No two processes have the same pid and start time.
  std::uint64_t start_time = 0;
};

/// Returns false if `text` ends before the start time. Names may hold blanks and parentheses.
bool parse_process_stat(std::string_view text, ProcessStat& stat);

/// The address of the set of signals that a thread with this .../syscall waits for (sigwait(3)); 0
/// if it waits for none. During the wait the mask in .../status lacks these signals.
std::uint64_t awaited_signals(std::string_view text);

/// Whether a thread with this .../syscall is in a futex wait without a timeout, which only another
/// thread or a signal can end.
bool is_endless_futex_wait(std::string_view text);

}  // namespace covenv
