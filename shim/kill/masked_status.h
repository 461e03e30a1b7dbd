// SPDX-License-Identifier: MIT
// Processes that were asked to end in the place of a SIGKILL. Their parent's wait() reports the
// SIGKILL that the parent expects.
#pragma once

#include <sys/types.h>

#include <csignal>

#include "shim/proc/ask_and_wait.h"

namespace covenv {

/// Registers a target. To be called before the ask, because another thread may be in waitpid().
void report_from_now(const Target& target);

/// Marks the caller as being in a wait. No entry of a process that is gone is removed before the
/// caller has looked up the child that it may have reaped.
class Waiting {
 public:
  Waiting();
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
};

/// Removes the entry of a process that was reaped without our hooks (SIGCHLD ignored, a raw system
/// call), because another process may get its pid.
void forget_reaped(pid_t pid);

/// To be called when this process starts. Removes the session's entry of an earlier process with
/// the same pid, which is left if a process without covenv has reaped it.
void forget_former_process();

/// To be called if the ask has failed: wait() reports the true status then.
void report_no_more(pid_t pid);

/// Changes the status of a registered child that has ended to that of a SIGKILL. Returns `reaped`,
/// which wait() or one of its kin has returned. `status` is not NULL. Stops are not changed.
pid_t report_as_killed(pid_t reaped, int* status);

/// The same for waitid(). The child stays registered if `options` has WNOWAIT.
void report_as_killed(siginfo_t* info, int options);

}  // namespace covenv
