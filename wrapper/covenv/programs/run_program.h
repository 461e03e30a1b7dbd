// SPDX-License-Identifier: MIT
// Runs a program to its end, and takes what it prints.
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

/// `command` starts with the path of the program; `environment` holds "NAME=value". Nothing if it
/// could not be started, or was killed because it had not ended at the deadline.
std::optional<ProgramOutput> run_program(std::vector<std::string> command,
                                         std::vector<std::string> environment,
                                         std::chrono::seconds deadline);

/// This process's own.
std::vector<std::string> own_environment();

}  // namespace covenv
