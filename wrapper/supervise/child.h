// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "wrapper/supervise/guard/guard_link.h"
#include "wrapper/supervise/processes/trace.h"
#include "wrapper/supervise/request/request.h"
#include "wrapper/supervise/signals.h"
#include "wrapper/supervise/terminal.h"

namespace covenv::supervise {

/// What the wrapper found at its start, for the command to find again.
struct Inherited {
  SignalMask mask;
  bool child_signal_ignored;  ///< SIGCHLD was SIG_IGN; the wrapper cannot wait with that
};

struct Child {
  pid_t pid;
  pid_t group;        ///< the process group that signals go to; 0: they go to the child alone
  int exec_error_fd;  ///< holds an errno if the command could not be executed, else nothing
};

/// Starts the command: leader of a new process group (or session, or as the request says), known to
/// the guard before it executes anything, and with the ladder's first signal as its parent-death
/// signal, in case the guard was killed too. All signals are blocked by the caller. Exits 125 if no
/// process can be started.
///
/// If the request says so, `trace` begins before the command executes anything, or one line says
/// why not. A traced command with a guard has no parent-death signal: the guard sends the first
/// signal once it traces the command itself.
Child start_child(const Request& request, const Inherited& inherited, const GuardLink& guard,
                  const Terminal& terminal, Trace& trace);

/// The errno of a failed exec; 0 if the command runs. Waits until one of both is known.
int exec_error(const Child& child);

/// Ends the wrapper of a command whose exec failed: says why in one line, and exits 126 or 127.
[[noreturn]] void report_exec_error(const char* command, int error);

}  // namespace covenv::supervise
