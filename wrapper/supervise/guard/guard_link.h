// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "wrapper/supervise/guard/progress.h"

namespace covenv::supervise {

struct GuardMessage;

/// The sender's ends of the sockets to the guards: the wrapper's, and the first guard's to the
/// second. Without a guard every call does nothing.
///
/// A signal is told before the sender sends it: a process that gets the signal may kill the sender
/// at once, and the guard must not send a second one.
class GuardLink {
 public:
  static GuardLink none() { return {-1, -1}; }
  /// -1: no guard is there. The descriptors stay open as long as the process: their end is the
  /// message that the wrapper was killed.
  GuardLink(int first, int second) : sockets_{first, second} {}

  bool exists() const { return sockets_[0] >= 0; }

  /// In the child, before exec: makes it known, and the process group that it leads (0: none). The
  /// command runs even if that fails.
  void watch_this_process(pid_t group) const;

  /// A process that is left when the command has ended. `is_asked`: the first signal is for it too.
  void watch(pid_t pid, int pidfd, bool is_asked) const;
  void note(const Progress& progress) const;
  /// The wrapper traces the command: the kernel sends the command no signal for the wrapper's end,
  /// and the guard traces it then.
  void note_trace() const;
  /// All processes have gone: the guards exit.
  void dismiss() const;

 private:
  void tell(const GuardMessage& message, int fd = -1) const;

  int sockets_[2];
};

}  // namespace covenv::supervise
