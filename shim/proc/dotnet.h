// SPDX-License-Identifier: MIT
// A process of .NET, which can have no saver of ours.
#pragma once

#include <sys/types.h>

#include "shim/core/process_status.h"
#include "shim/proc/kernel.h"

namespace covenv {

/// Whether coverlet measures in this process: an assembly that is mapped was instrumented by it.
/// Reads these files, so the call is long if there are many, and short for any other runtime.
bool is_measured_by_coverlet(const Kernel& kernel, pid_t pid, const ProcessStatus& status);

}  // namespace covenv
