// SPDX-License-Identifier: MIT
// The one decision of the kill family: how what a caller wants dead is ended.
#pragma once

#include <sys/types.h>

#include <climits>
#include <csignal>

#include "shim/core/ending.h"

namespace covenv {

/// What a kill call names.
enum class Aim : unsigned char {
  kProcess,
  kThread,  ///< a thread's id; SIGKILL ends its whole process
  kPidfd,
  kGroup,  ///< 0 is the caller's own
};

struct Goal {
  Aim aim;
  int id;
  int process = kAnyProcess;  ///< kThread: the one that it has to be of

  static constexpr int kAnyProcess = 0;
};

inline Goal goal_of_kill(pid_t pid) {
  // -1 is everybody: nobody is asked then. There is no group by the least number.
  return (pid < -1 && pid != INT_MIN) || pid == 0 ? Goal{Aim::kGroup, -pid}
                                                  : Goal{Aim::kProcess, pid};
}

inline Goal goal_of_tgkill(pid_t process, pid_t thread) {
  return {Aim::kThread, thread, process > 0 ? process : -1};
}

/// Whether the kernel lets another process send this. A call that it refuses must not ask anybody.
bool can_be_queued(const siginfo_t* info);
bool can_be_sent_by_pidfd(int signal, const siginfo_t* info, unsigned flags);

/// Ends what the goal names, by `send_original(context)` and, before it, by what core/ending.h
/// decides. Result and errno are those of the call that the caller made. Bounded by the grace.
int end_by_signal(const Goal& goal, int signal, int (*send_original)(void* context), void* context);

/// Records who sends a signal at which nothing is asked to save, but which may end what gets it.
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
