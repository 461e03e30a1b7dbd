// SPDX-License-Identifier: MIT
// What `covenv doctor --after` takes from the report of a finished run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "wrapper/covenv/doctor/interpreter.h"
#include "wrapper/covenv/doctor/surroundings.h"
#include "wrapper/covenv/report/model.h"

namespace covenv::doctor {

/// A finding for each loss, and for each measured process that was left running. Processes with the
/// same command and the same reason share one. `name` is the report's.
Findings explain_losses(const report::Report& report, const std::string& name);

/// The paths of programs that have lost something, each once, if they are on this machine.
Words programs_with_losses(const report::Report& report);

/// Of the processes that have run no line of the source, one for each command, what probe.py
/// explains: [{"pid": 1, "argv": ["python", "server.py"]}].
nlohmann::json without_source(const report::Report& report);

}  // namespace covenv::doctor
