// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace covenv::supervise {

// The environment entry by which the guard of a killed wrapper finds what is left of the command,
// wherever it has gone: a daemon, or a session of its own whose parent has ended. The shim carries
// it into children that are given an environment without it.
std::string new_mark();

// Whether this process was started with it.
bool has_mark(pid_t pid, const std::string& mark);

}  // namespace covenv::supervise
