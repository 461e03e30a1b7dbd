// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace covenv::supervise {

/// A new environment entry by which the guard of a killed wrapper finds the processes of the
/// command, in daemons and in sessions of their own too. The shim carries it into children that are
/// given an environment without it.
std::string new_mark();

/// True if this process was started with an entry that is, or ends with, `mark`.
bool has_mark(pid_t pid, std::string_view mark);

}  // namespace covenv::supervise
