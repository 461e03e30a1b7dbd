// SPDX-License-Identifier: MIT
// Processes that another sigforward supervises. A signal from that sigforward's guard must not be
// sent to them a second time.
#pragma once

#include <sys/types.h>

#include <vector>

namespace covenv::supervise {

inline constexpr const char* kGuardName = "sigfwd-guard";

/// If `guard` is a guard (guard.h): the processes that it ends if its wrapper is killed. Empty for
/// any other process.
std::vector<pid_t> processes_of_guard(pid_t guard);

}  // namespace covenv::supervise
