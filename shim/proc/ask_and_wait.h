// SPDX-License-Identifier: MIT
// The bounded ask and wait that goes before a kill.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "shim/core/ending.h"
#include "shim/proc/kernel.h"

namespace covenv {

/// One process, held from before it is looked at until it is let go, so that what is asked is what
/// was looked at: by a pidfd, or where there are none by its start time.
struct Target {
  pid_t pid = 0;
  pid_t parent = 0;
  int pidfd = -1;
  int turn = 0;  ///< when it is asked: children come before their parents
  std::uint64_t start_time = 0;
  std::int64_t own_grace_ns = 0;  ///< what it has asked for; 0: what the caller gives to all
  std::int64_t asked_at = 0;
  Ending ending;
  bool asked = false;
  bool ended = false;
};

/// False where the process is gone or cannot be held; then there is nothing to let go.
bool hold(const Kernel& kernel, pid_t pid, Target& target);
void let_go(const Kernel& kernel, Target& target);

/// Whether not even a zombie is left of it.
bool is_reaped(const Kernel& kernel, const Target& target);

/// Asks every target, then waits until all that were asked have ended or the grace is over.
/// Returns when the last is gone; signals to the caller do not cut the wait short. A target whose
/// children are targets is asked when they have ended, or half of what is left of the grace is
/// over: the kernel kills those that have asked it to (PR_SET_PDEATHSIG) with their parent. Who has
/// time of its own gets it from when it was asked, and makes no parent wait longer for its turn.
void ask_and_wait(const Kernel& kernel, std::span<Target> targets, std::int64_t grace_ns);

}  // namespace covenv
