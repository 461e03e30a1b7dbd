// SPDX-License-Identifier: MIT
// The one decision of the kill family: how the target of a kill is ended.
#pragma once

#include <sys/types.h>

#include <climits>
#include <csignal>

#include "shim/core/ending.h"

namespace covenv {

/// The kind of target that a kill call names.
enum class Aim : unsigned char {
  kProcess,
  kThread,  ///< a thread's id; SIGKILL ends its whole process
  kPidfd,
  kGroup,  ///< a process group; 0 is the caller's own
};

struct Goal {
  Aim aim;
  int id;
  int process = kAnyProcess;             ///< kThread: the process that the thread has to belong to
  const void* return_address = nullptr;  ///< of the call; nullptr: of no matter

  static constexpr int kAnyProcess = 0;
};

inline Goal goal_of_kill(pid_t pid, const void* return_address = nullptr) {
  // kill(-1) means all processes, and asks none of them. INT_MIN names no group.
  const bool is_group = (pid < -1 && pid != INT_MIN) || pid == 0;
  return {.aim = is_group ? Aim::kGroup : Aim::kProcess,
          .id = is_group ? -pid : pid,
          .return_address = return_address};
}

inline Goal goal_of_tgkill(pid_t process, pid_t thread) {
  return {Aim::kThread, thread, process > 0 ? process : -1};
}

/// Whether the kernel lets a process send this to another one. If not, the call must ask none.
bool can_be_queued(const siginfo_t* info);
bool can_be_sent_by_pidfd(int signal, const siginfo_t* info, unsigned flags);

/// Ends the targets of `goal`: asks and waits as core/ending.h decides, bounded by the grace, then
/// calls `send_original(context)` if a target is left. Result and errno are those that the caller's
/// call would have without us.
int end_by_signal(const Goal& goal, int signal, int (*send_original)(void* context), void* context);

/// Records the sender of a signal that may end its target, but at which no process is asked.
void note_signal(const Goal& goal, int signal);

/// end_by_signal() for a lambda `int()`.
template <typename Send>
int end_process(const Goal& goal, int signal, Send send) {
  if (__builtin_expect(static_cast<long>(!may_end(signal)), 1) != 0) {
    if (ends_by_default(signal)) note_signal(goal, signal);
    return send();
  }
  return end_by_signal(
      goal, signal, [](void* context) { return (*static_cast<Send*>(context))(); }, &send);
}

}  // namespace covenv
