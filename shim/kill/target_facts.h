// SPDX-License-Identifier: MIT
// Gathers the facts of a target by which core/ending.h decides.
#pragma once

#include <sys/types.h>

#include "shim/core/ending.h"

namespace covenv {

/// The process that a thread belongs to; 0 if there is no such thread.
pid_t leader_of(pid_t thread);

/// Reads the status of a process. If a process with a saver is stopped by a tracer other than this
/// process, waits up to 16 ms for the end of the stop. False if `pid` is no process.
bool read_process(pid_t pid, ProcessStatus& status);

/// Fills in the facts that take system calls, except `already_ending`. `caller`: this process.
/// Requires `facts.status`.
void gather_facts(int signal, pid_t pid, pid_t caller, TargetFacts& facts);

}  // namespace covenv
