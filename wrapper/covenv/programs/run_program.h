// SPDX-License-Identifier: MIT
// Runs a program to its end, and takes its output.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace covenv {

struct ProgramOutput {
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// `command` starts with the path of the program; `environment` holds "NAME=value". nullopt if the
/// program could not be started, or was killed because it had not ended at the deadline.
std::optional<ProgramOutput> run_program(std::vector<std::string> command,
                                         std::vector<std::string> environment,
                                         std::chrono::seconds deadline);

/// The last line that is not blank; empty if there is none.
std::string last_line(const std::string& text);

/// This process's environment.
std::vector<std::string> own_environment();

}  // namespace covenv
