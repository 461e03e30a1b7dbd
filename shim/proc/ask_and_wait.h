// SPDX-License-Identifier: MIT
// Asks processes to end, and waits for a bounded time, before a kill.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "shim/core/ending.h"
#include "shim/proc/kernel.h"

namespace covenv {

/// One process, pinned against reuse of its pid from before its facts are read until it is let go:
/// by a pidfd, or by its start time if no pidfd can be had.
struct Target {
  pid_t pid = 0;
  pid_t parent = 0;
  int pidfd = -1;
  int turn = 0;  ///< the round in which it is asked: children before their parents
  std::uint64_t start_time = 0;
  std::int64_t own_grace_ns = 0;  ///< a sigforward's own grace; 0: the grace of all
  std::int64_t asked_at = 0;
  Ending ending;
  bool asked = false;
  bool ended = false;
};

struct AfterAsk {
  void (*run)(void* context) = nullptr;
  void* context = nullptr;
};

/// False if the process is gone or cannot be held; then it need not be let go.
bool hold(const Kernel& kernel, pid_t pid, Target& target);
void let_go(const Kernel& kernel, Target& target);

/// Whether the target is gone, and not even a zombie is left.
bool is_reaped(const Kernel& kernel, const Target& target);

/// Asks every target, then waits until all asked targets have ended, or the grace is over. Signals
/// to the caller do not cut the wait short. A target whose children are targets is asked after they
/// have ended, or after half of the remaining grace, because PR_SET_PDEATHSIG may kill the children
/// with their parent. A target's own grace counts from its ask, and delays no parent's turn.
/// `then` is called after the first asks, before the wait.
void ask_and_wait(const Kernel& kernel, std::span<Target> targets, std::int64_t grace_ns,
                  const AfterAsk& then = {});

}  // namespace covenv
