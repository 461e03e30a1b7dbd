// SPDX-License-Identifier: MIT
// Children of this process that somebody here killed, and that ended by being asked: their parent
// is told the SIGKILL that it knows of.
#pragma once

#include <sys/types.h>

#include <csignal>

#include "shim/proc/ask_and_wait.h"

namespace covenv {

/// To be called before anything is sent: another thread may be in waitpid() already.
void report_from_now(const Target& target);

/// While this lives the caller is in a wait: what it has reaped it may be about to look up.
class Waiting {
 public:
  Waiting();
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
};

/// Nobody waits for it any more: it was reaped behind our back (SIGCHLD ignored, a raw system
/// call), and its pid is free for another.
void forget_reaped(pid_t pid);

/// To be called when this process starts. The one that had its pid before may have been reaped by a
/// process without covenv: its entry in the session is then still there.
void forget_former_process();

/// What was asked for did not happen: the true status is told.
void report_no_more(pid_t pid);

/// What wait() and its kin return, with the status made that of a SIGKILL where that is what the
/// caller has to see. `status` is not NULL. A stop or a continuation stays one.
pid_t report_as_killed(pid_t reaped, int* status);

/// The same for waitid(); the child stays registered where it was only looked at (`options` has
/// WNOWAIT).
void report_as_killed(siginfo_t* info, int options);

}  // namespace covenv
