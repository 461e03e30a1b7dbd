// SPDX-License-Identifier: MIT
// The state that a program inherits, and that a call must leave alone in its caller.
#pragma once

#include <nlohmann/json.hpp>

namespace transparency {

// The strings of a NULL-terminated array, byte for byte; null for a NULL array.
nlohmann::json strings_of(const char* const* array);

// The state of this process: open files with their targets, signal mask and dispositions, threads,
// working directory, umask, group and session, command name, limits, auxiliary vector. Numbers that
// differ from run to run (pids, inodes) are left out.
nlohmann::json process_state();

}  // namespace transparency
