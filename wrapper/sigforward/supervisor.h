// SPDX-License-Identifier: MIT
#pragma once

#include "wrapper/sigforward/options.h"
#include "wrapper/sigforward/signals.h"

namespace covenv::sigforward {

// Runs options.command until it and its process group have ended, and ends this process as the
// command ended. All signals are blocked since the start of main; `inherited` is the mask before.
// Never returns.
[[noreturn]] void supervise(const Options& options, SignalMask inherited, char** argv);

}  // namespace covenv::sigforward
