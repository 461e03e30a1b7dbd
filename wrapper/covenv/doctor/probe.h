// SPDX-License-Identifier: MIT
// Runs probe.py in the user's own Python.
#pragma once

#include <optional>
#include <string>

#include "wrapper/covenv/doctor/interpreter.h"
#include "wrapper/covenv/programs/run_program.h"

namespace covenv::doctor {

/// `programs`: paths of what the suite starts. What it printed, with this process's environment;
/// nothing where it could not be started or did not end in two minutes.
std::optional<ProgramOutput> run_probe(const std::string& python, const Words& command,
                                       const Words& programs);

}  // namespace covenv::doctor
