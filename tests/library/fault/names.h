// SPDX-License-Identifier: MIT
// System calls and error numbers by name.
#pragma once

#include <string>
#include <vector>

namespace fault {

/// The system calls that are traced: those that the shim makes, those that libc makes for the shim,
/// and those that have a hook.
std::vector<long> traced_calls();

/// The name of a system call; "" for one that is not traced.
std::string name_of_call(long number);

/// The number of an error such as "EPERM"; 0 if there is no such error.
int error_number(const std::string& name);

}  // namespace fault
