// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"

namespace {

int run_command_line(int argc, char** argv) {
  CLI::App app("Keeps the coverage of subprocesses", "covenv");
  app.set_version_flag("--version", std::string("covenv ") + COVENV_VERSION);
  app.footer(covenv::kExitStatusHelp);
  app.require_subcommand(1);

  covenv::Outcome outcome;
  covenv::add_run(app, argv);
  covenv::add_doctor(app, outcome);
  covenv::add_env(app, outcome);
  covenv::add_report(app, outcome);
  covenv::add_salvage(app, outcome);
  covenv::add_documentation(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return covenv::kExitFailure;
  }
  return outcome.status;
}

}  // namespace

int main(int argc, char** argv) try {
  return run_command_line(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "covenv: %s\n", error.what());
  return covenv::kExitFailure;
}
