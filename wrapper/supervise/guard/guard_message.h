// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include "wrapper/supervise/guard/progress.h"

namespace covenv::supervise {

/// What goes over a guard's socket, from one process to its own fork.
struct GuardMessage {
  enum class Kind : char { kCommand, kOther, kProgress, kTraced, kGoodbye };

  Kind kind;
  pid_t pid = 0;                     ///< kCommand, kOther: whose pidfd comes along
  pid_t group = 0;                   ///< kCommand: the process group of its own that it leads, or 0
  bool is_asked = false;             ///< kOther: the first signal is sent to this process
  Progress progress = Progress({});  ///< kProgress
};

/// Never waits, because a guard that does not read (a stopped one) must not hold the wrapper. `fd`
/// of -1: none comes along.
void send_message(int socket, const GuardMessage& message, int fd);

/// Waits for the next message; `fd` becomes -1 if none came along. False at the end of the stream.
bool receive_message(int socket, GuardMessage& message, int& fd);

}  // namespace covenv::supervise
