// SPDX-License-Identifier: MIT
// Gathers what core/ending.h decides by, of a process that is to be ended.
#pragma once

#include <sys/types.h>

#include "shim/core/ending.h"

namespace covenv {

/// The process that a thread is of; 0 if there is no such thread.
pid_t leader_of(pid_t thread);

/// Reads the status of a process. A measured process that others trace may stand in one of the
/// stops of its tracer: up to 20 ms pass before it is believed to be held. False if `pid` is no
/// process.
bool read_process(pid_t pid, ProcessStatus& status);

/// Fills in the facts that take system calls, `already_ending` apart; `facts.status` has been read.
void gather_facts(int signal, pid_t pid, TargetFacts& facts);

}  // namespace covenv
