// SPDX-License-Identifier: MIT
// The state that a program inherits, and that a call must leave alone in its caller.
#pragma once

#include <nlohmann/json.hpp>

namespace transparency {

// The strings of a NULL-terminated array, byte for byte; null for a NULL array.
nlohmann::json strings_of(const char* const* array);

// Open files with their targets, signal mask and dispositions, threads, working directory, umask,
// group and session, command name, limits, what the auxiliary vector says. Numbers that differ
// from run to run (pids, inodes) are left out.
nlohmann::json process_state();

}  // namespace transparency
