// SPDX-License-Identifier: MIT
// Runs probe.py in the user's own Python.
#pragma once

#include <optional>
#include <string>

#include "covenv/doctor/interpreter.h"

namespace covenv::doctor {

struct ProbeOutput {
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// What it printed, with this process's environment; nothing where it could not be started or did
/// not end in two minutes.
std::optional<ProbeOutput> run_probe(const std::string& python, const Words& command);

}  // namespace covenv::doctor
