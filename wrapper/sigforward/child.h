// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "wrapper/sigforward/guard.h"
#include "wrapper/sigforward/signals.h"
#include "wrapper/sigforward/terminal.h"

namespace covenv::sigforward {

// What the wrapper found at its start, for the command to find again.
struct Inherited {
  SignalMask mask;
  bool child_signal_ignored;  // SIGCHLD was SIG_IGN; the wrapper cannot wait with that
};

struct Child {
  pid_t pid;
  int exec_error_fd;  // holds an errno if the command could not be executed, else nothing
};

// Starts the command: leader of a new process group, known to the guard before it executes
// anything, and with SIGTERM to come if its parent dies, for the case that the guard was killed.
// All signals are blocked by the caller. Exits 125 where no process can be started.
Child start_child(char** command, const Inherited& inherited, const Guard& guard,
                  const Terminal& terminal);

// The errno that exec failed with, once the child has exited; 0 where the command ran.
int exec_error(const Child& child);

}  // namespace covenv::sigforward
