// SPDX-License-Identifier: MIT
// The checks that need no Python: of the environment, the words of the command, and programs.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "wrapper/covenv/doctor/finding.h"
#include "wrapper/covenv/doctor/interpreter.h"

namespace covenv::doctor {

using Findings = std::vector<Finding>;

/// COVENV_* entries that make no sense, or that keep covenv from working. `entries` ends with
/// nullptr, as environ does.
void check_settings(const char* const* entries, Findings& findings);

/// Entries of an LD_PRELOAD list that name no file.
void check_preload_list(std::string_view list, Findings& findings);

/// A first word that runs the rest of the command without the library: sudo (for users other than
/// root), snap, containers.
void check_command(const Words& command, uid_t user, Findings& findings);

/// A program that the command or --program names: another machine's, static, setuid, sanitised,
/// with counters (compiled.h). `path` is a file that is there.
void check_program(const std::string& path, bool is_interpreter, Findings& findings);

}  // namespace covenv::doctor
