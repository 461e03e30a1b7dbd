// SPDX-License-Identifier: MIT
// The one decision of the kill family: how what a caller wants dead is ended.
#pragma once

#include <sys/types.h>

#include <climits>
#include <csignal>

namespace covenv {

/// What the number in a kill call names.
enum class Aim : unsigned char {
  kProcess,
  kThread,  ///< a thread's id; SIGKILL ends its whole process
  kPidfd,
  kGroup,
};

/// What kill(2) means by a number: below -1 a group, of which there is none for the least number.
/// 0, the caller's own group, and -1, everybody, stay what they are: nobody that we would ask.
struct KillTarget {
  explicit KillTarget(pid_t pid)
      : aim(pid < -1 && pid != INT_MIN ? Aim::kGroup : Aim::kProcess),
        id(aim == Aim::kGroup ? -pid : pid) {}

  Aim aim;
  int id;
};

/// Whether a process may die of this signal; the others just go.
inline bool may_end(int signal) { return signal > 0 && signal < SIGSYS && signal != SIGCHLD; }

/// Ends what `id` names, by `send_original(context)` and, before it, by what core/ending.h decides.
/// Result and errno are those of the call that the caller made. Bounded by the grace.
int end_by_signal(Aim aim, int id, int signal, int (*send_original)(void* context), void* context);

/// The same for a lambda `int()`.
template <typename Send>
int end_process(Aim aim, int id, int signal, Send send) {
  if (__builtin_expect(static_cast<long>(!may_end(signal)), 1) != 0) return send();
  return end_by_signal(
      aim, id, signal, [](void* context) { return (*static_cast<Send*>(context))(); }, &send);
}

}  // namespace covenv
