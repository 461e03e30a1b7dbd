// SPDX-License-Identifier: MIT
// The subcommands. Each is added, with its options, by the file of its name.
#pragma once

#include <CLI/CLI.hpp>

namespace covenv {

/// Set by the subcommand that is run.
struct Outcome {
  int status = 0;
};

/// `argv` is main's, here and below.
void add_doctor(CLI::App& app, char** argv, Outcome& outcome);
/// Completions and manual pages of all that is in `app`.
void add_documentation(CLI::App& app);
/// `help`, for all that is in `app` before, and `version`.
void add_help(CLI::App& app);
void add_env(CLI::App& app, Outcome& outcome);
void add_report(CLI::App& app, Outcome& outcome);
void add_salvage(CLI::App& app, Outcome& outcome);
/// Without an outcome, because covenv ends as the command ends.
void add_run(CLI::App& app, char** argv);

}  // namespace covenv
