// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include <functional>
#include <string>

#include "wrapper/sigforward/options.h"
#include "wrapper/sigforward/signals.h"

namespace covenv::sigforward {

// What a program wants that supervises a command in passing.
struct Attendance {
  std::function<void(pid_t command)> started =
      nullptr;            // the command runs, all signals are blocked
  bool ends_rest = true;  // what the command leaves behind is ended, and awaited
  std::string file;       // removed by the guard, should this process be killed
};

struct Ended {
  siginfo_t status = {};
  int exec_error = 0;      // an errno: the command could not be executed
  bool was_asked = false;  // a signal to this process, or its parent's end, began it
};

// Runs options.command until it (and what it left) has ended. All signals are blocked, and stay so;
// `inherited` is the mask before, and `argv` main's. Exits 125 where no process can be started.
Ended supervise(const Options& options, SignalMask inherited, char** argv,
                const Attendance& attendance = {});

// Ends this process as the command ended; 126 or 127, and says why, where that was not executed.
[[noreturn]] void end_like(const Ended& ended, const Options& options);

}  // namespace covenv::sigforward
