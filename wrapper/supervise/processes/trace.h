// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string_view>
#include <unordered_set>
#include <utility>

namespace covenv::supervise {

/// The tracing (ptrace) of one process, so that its counters are read in the stop before its memory
/// goes, at each of its ends. Its children are not traced, and go on as if there were no tracer.
///
/// All calls come from the thread that has called begin(), because the kernel lets no other one. A
/// stop is told by SIGCHLD, and holds a thread of the process until serve() is called.
///
/// At first the leading thread alone is traced, because a stop for each signal of each thread costs
/// time. The other ones are when the leading one ends before the process: by pthread_exit(), or
/// because another thread executes a program.
class Trace {
 public:
  /// `tell` gets the line that says why a program is not traced any more; null: the line is not
  /// told.
  explicit Trace(void (*tell)(std::string_view) = nullptr) : tell_(tell) {}

  /// Seizes the process. 0, or the errno of the refusal: then nothing is traced.
  int begin(pid_t pid);
  bool is_on() const { return pid_ != 0; }

  /// Serves each stop that there is, and waits for none.
  ///
  /// A waitid() for ends, of this process or of any, reports a stop (CLD_TRAPPED) as well, and
  /// takes it away without WNOWAIT, so that serve() does not see it.
  void serve();
  /// As serve(), for a tracer that is not the parent: reaps what has ended, so that the parent is
  /// told.
  void serve_and_reap();

  /// The signal that has stopped the process (job control) since the last call; 0: none has.
  int take_stop() { return std::exchange(stopped_by_, 0); }

  /// Whether the process is stopped by a signal: /proc says 't' of it, not 'T'.
  bool is_stopped() const { return is_stopped_; }

  /// Whether this is a traced thread, whose end is told as that of a child.
  bool is_thread(pid_t tid) const { return threads_.count(tid) != 0; }

  /// Serves stops until the descriptor can be read, or is at its end. All signals are blocked by
  /// the caller; afterwards a SIGCHLD is pending if one came meanwhile.
  void serve_until_readable(int fd);

 private:
  void meet(const siginfo_t& stop);
  void meet_end(pid_t thread);
  void meet_exec();
  void seize_threads();
  void let_go();

  void (*tell_)(std::string_view);
  pid_t pid_ = 0;
  bool is_stopped_ = false;
  int stopped_by_ = 0;
  std::unordered_set<pid_t> threads_;  ///< all but the leading one
};

/// Says on stderr why the process is not traced: in one line, after begin() has failed.
void complain_of_trace(pid_t pid, int error);

}  // namespace covenv::supervise
