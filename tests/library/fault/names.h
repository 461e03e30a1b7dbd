// SPDX-License-Identifier: MIT
// System calls and error numbers by name.
#pragma once

#include <string>
#include <vector>

namespace fault {

/// The system calls that are looked at: those that the shim makes, those that libc makes for it,
/// and those that its hooks stand before. Any other passes untraced.
std::vector<long> traced_calls();

/// "" for one that is not looked at.
std::string name_of_call(long number);

/// 0 where there is no such error.
int error_number(const std::string& name);

}  // namespace fault
