// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

namespace covenv::supervise {

/// Runs `steps` to their end, even if a SIGKILL ends this process or its process group meanwhile:
/// in a child that shares this process's memory, while this process waits. For the wrapper and for
/// its first guard: the guards behind them notice their end after the steps, because the child has
/// the sockets open as well.
///
/// getpid() in `steps` is the child's. Runs them in this process if the system has no more
/// processes.
void run_apart(const std::function<void()>& steps);

}  // namespace covenv::supervise
