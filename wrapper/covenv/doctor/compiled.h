// SPDX-License-Identifier: MIT
// The checks of programs with a compiler's counters (C, C++, Rust, Go), and of where these go.
#pragma once

#include <string>
#include <vector>

#include "wrapper/covenv/doctor/finding.h"

namespace covenv::doctor {

/// Whether the program has counters. Finds a Go program without GOCOVERDIR, a program of gcov's
/// whose notes (.gcno) are gone, and an llvm-profdata that does not read what the program writes.
bool check_counters(const std::string& path, std::vector<Finding>& findings);

/// GOCOVERDIR, if it is set.
void check_go_folder(const char* folder, std::vector<Finding>& findings);

/// NODE_V8_COVERAGE, if it is set.
void check_node_folder(const char* folder, std::vector<Finding>& findings);

/// LLVM_PROFILE_FILE, if it is set: one name for all processes, or a relative one.
void check_profile_pattern(const char* pattern, std::vector<Finding>& findings);

}  // namespace covenv::doctor
