// SPDX-License-Identifier: MIT
// Runs probe.py in the user's own Python.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "wrapper/covenv/doctor/interpreter.h"
#include "wrapper/covenv/programs/run_program.h"

namespace covenv::doctor {

/// The output of probe.py, run with this process's environment; nullopt if it could not be started
/// or did not end in two minutes. `programs`: paths of programs that the suite starts. `finished`:
/// processes of a finished run, from without_source().
std::optional<ProgramOutput> run_probe(const std::string& python, const Words& command,
                                       const Words& programs, const nlohmann::json& finished);

}  // namespace covenv::doctor
