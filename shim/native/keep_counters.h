// SPDX-License-Identifier: MIT
// Keeps the counters of a compiled program that is about to end without its runtime's own save.
#pragma once

#include <sys/types.h>

#include <optional>

#include "shim/core/process_status.h"
#include "shim/native/counted_program.h"
#include "shim/native/victim_lock.h"
#include "shim/session/counters_mailbox.h"

namespace covenv {

/// Whether keep_counters_of() may have something to do. As a rule one system call.
class Victim {
 public:
  /// `status`: of this moment; outlives the object.
  Victim(pid_t pid, int signal, const ProcessStatus& status);

  bool may_have_counters() const { return may_have_counters_; }

  /// Writes the files of the process's counters, once, if the signal ends the process. May wait for
  /// the lock of a file, and at most `patience_ns` for another process which kills this one at the
  /// same time, or for `covenv run` if the kernel lets only that read. `locks` is to be held until
  /// the signal is sent. Nothing if one of our programs traces the process, because the tracer
  /// keeps the counters in the exit.
  void keep_counters(VictimLocks& locks, std::int64_t patience_ns);

  /// The same for a killer that holds the lock, and has asked for it.
  CountersFate keep_counters_for_killer();

 private:
  bool is_fatal() const;
  std::optional<Farewell> farewell() const;

  pid_t pid_;
  int signal_;
  const ProcessStatus& status_;
  CountedProgram program_;
  bool may_have_counters_;
};

/// For `covenv run`, of which a killer asks this in the session (counters_mailbox.h). kDenied if
/// the question names no process of ours.
CountersFate keep_counters_for_killer(const CountersQuestion& question);

/// For the tracer of a process, while it holds a thread of the process in the exit stop
/// (PTRACE_EVENT_EXIT), and so the memory: writes the files, unless the runtime has, once.
/// `signal`: of which the process dies; 0: it leaves by itself.
void keep_counters_in_exit(pid_t pid, int signal);

/// To be called when this process starts, if its program, or a library that the program is linked
/// to, may have counters. Without the call nothing is kept at the process's own ends.
void note_own_program();

/// Keeps the counters of this process, which leaves at once: by `signal`, or by itself (0). Not for
/// a vfork child, whose counters are its parent's, nor if one of our programs traces this process.
/// `locks` is to be held until the process has left.
void keep_own_counters(int signal, VictimLocks& locks);

/// The same before an exec. Nothing in a forked child, because its counters begin with a copy of
/// its parent's, and little runs between.
void keep_own_counters_before_exec();

}  // namespace covenv
