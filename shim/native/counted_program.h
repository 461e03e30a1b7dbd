// SPDX-License-Identifier: MIT
// The compiled program that a process runs, read from outside: whether a compiler has put counters
// into it, and the files of coverage that its runtime would write at a normal end.
#pragma once

#include <sys/types.h>

#include "shim/core/counters_fate.h"
#include "shim/core/process_status.h"
#include "shim/native/subject.h"

namespace covenv {

/// Why the counters are saved now.
struct Farewell {
  int signal = 0;        ///< that is about to be sent; 0: the process leaves by itself
  bool is_fatal = true;  ///< whether the dispositions let the signal end the process
  bool is_exec = false;  ///< the process becomes another program
  /// The process is in its exit already: no handler, no exec and no save of the runtime's own
  /// follows. With `signal` 0 the runtime may have saved by itself.
  bool is_in_exit = false;

  bool may_have_saved() const { return is_in_exit && signal == 0; }
};

class CountedProgram {
 public:
  /// `status`: of this moment. The caller keeps the pid from being another process's.
  CountedProgram(pid_t pid, const ProcessStatus& status) : subject_(pid), status_(status) {}

  /// Whether the program or a library of it may have counters. "No" is remembered: for the next
  /// process of that program the answer takes one system call. Of a process that the kernel hides,
  /// whether the file that its first argument names has some; save() is then denied.
  bool may_have_counters();

  /// Reads the counters and writes the files. Nothing runs in the process. Only for a process that
  /// ends next, and once, because gcov's counters are added to those in the file. If the signal is
  /// not fatal by the dispositions, a Go program alone is looked at, because Go catches every
  /// signal and decides then.
  CountersFate save(const Farewell& farewell);

 private:
  bool may_have_counters_by_name();

  Subject subject_;
  const ProcessStatus& status_;
};

}  // namespace covenv
