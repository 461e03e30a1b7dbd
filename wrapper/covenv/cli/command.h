// SPDX-License-Identifier: MIT
// The subcommands: each file of that name adds its own, with its options and what it does.
#pragma once

#include <CLI/CLI.hpp>

namespace covenv {

/// What a subcommand does when it was chosen: sets the exit status of covenv.
struct Outcome {
  int status = 0;
};

void add_doctor(CLI::App& app, Outcome& outcome);
/// Completions and manual pages of all that is in `app`.
void add_documentation(CLI::App& app);
void add_env(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
void add_salvage(CLI::App& app, Outcome& outcome);
/// Ends as the command ends, so it has no outcome. `argv` is main's.
void add_run(CLI::App& app, char** argv);

}  // namespace covenv
