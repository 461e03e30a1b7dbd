// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include "wrapper/supervise/request/request.h"
#include "wrapper/supervise/signals.h"

namespace covenv::supervise {

struct Ended {
  siginfo_t status = {};
  int exec_error = 0;      ///< an errno: the command could not be executed
  bool was_asked = false;  ///< a signal to this process, or its parent's end, began the end
};

/// Runs the request's command until the command, and what it left, has ended. All signals are
/// blocked, and stay so; `inherited` is the mask before, and `argv` main's. Exits 125 if no process
/// can be started.
Ended run(const Request& request, SignalMask inherited, char** argv);

/// Ends this process as the command ended; 126 or 127, and says why, if exec failed.
[[noreturn]] void end_like(const Ended& ended, const Request& request);

}  // namespace covenv::supervise
