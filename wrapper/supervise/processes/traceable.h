// SPDX-License-Identifier: MIT
// Programs that a tracer would break.
#pragma once

#include <sys/types.h>

namespace covenv::supervise {

/// Whether an exec of this command, looked for along PATH, gives privileges (set-user-ID,
/// set-group-ID, file capabilities) that the kernel keeps from a process whose tracer lacks them.
bool loses_privileges(const char* command);

/// Whether the program that the process runs has AddressSanitizer or LeakSanitizer, by the strings
/// of its dynamic symbols: LeakSanitizer fails in a traced process. False if the file cannot be
/// read.
bool has_leak_sanitizer(pid_t pid);

}  // namespace covenv::supervise
