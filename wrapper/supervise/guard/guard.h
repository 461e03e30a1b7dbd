// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "wrapper/supervise/guard/guard_link.h"
#include "wrapper/supervise/request/ladder.h"

namespace covenv::supervise {

/// What a killed wrapper leaves for the guard to end and to remove.
struct Cleanup {
  std::string mark;                ///< of the processes (mark.h)
  std::vector<std::string> files;  ///< and empty folders, in this order
};

/// Forks the guards: processes that outlive a SIGKILL of the wrapper. All signals are blocked by
/// the caller, and stay so in them. `argv` is main's: the guards wipe their copies of the command
/// line and environment, because programs that search /proc for the command (pkill -f, mirakuru)
/// must not find a guard. No guard for PID 1, because the kernel ends everything with it, and none
/// if no process can be forked.
///
/// A guard is the child of init, or of the next subreaper above the wrapper (double forks cannot
/// pass that), has a session of its own, no descriptor of ours but its end of a socket, and waits
/// for what comes on that socket:
///   a pidfd of the command  sent by the child itself before it executes the command, so that the
///                           guard knows the command before it runs
///   a pidfd of another      a process that is left when the command has ended, to be ended too,
///                           and whether it is sent the first signal
///   progress                what the wrapper has sent, and when the grace is over
///   goodbye                 the guard exits
///   the end of the stream   the wrapper was killed: the ladder for the command's group and all
///   that
///                           descends from it, then SIGKILL; the guard exits as soon as all are
///                           gone. It goes on from the wrapper's progress.
/// There are two guards. The second is told the same by the wrapper and by the first, and its
/// stream ends when both are gone: it takes over from a wrapper whose first guard was killed. The
/// command gets its first signal from the kernel (start_child), and from the guard if the kernel
/// sends none, as to a traced command, which the guard traces from then on. If the guard cannot
/// tell whether the kernel did, it sends the signal at half of the grace, at the latest after 10 s.
GuardLink start_guards(const Ladder& ladder, const Cleanup& cleanup, char** argv);

}  // namespace covenv::supervise
