// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "exit_codes.h"
#include "run.h"

namespace {

constexpr const char* kFooter =
    "Exit status of `covenv run`: the command's own; 125 where covenv itself failed or was called "
    "wrongly,\n126 where the command cannot be executed, 127 where it was not found.";

constexpr const char* kSettings =
    "Settings, from the environment:\n"
    "  COVENV_CARRY=COV*         names that travel into every child, comma-separated globs\n"
    "  COVENV_SKIP=              program names that are left alone, comma-separated globs\n"
    "  COVENV_KILL=save|term|off save and die, terminate before a kill, or leave kills as they "
    "are\n"
    "  COVENV_GRACE=1s           how long a kill waits for the data at most\n"
    "  COVENV_SIGNALS=TERM,INT   what to terminate with: the first that the process catches\n"
    "  COVENV_OFFER=1            configure children that nobody configured\n"
    "  COVENV_STATUS=kill|real   what wait() says of a process that was terminated\n"
    "  COVENV_SIGNATURE=57,59    the real-time signals that mark a measured process\n"
    "  COVENV_DISABLE=1          no covenv from here on";

int run_command_line(int argc, char** argv) {
  CLI::App app("covenv keeps the coverage of subprocesses.");
  app.set_version_flag("--version", std::string("covenv ") + COVENV_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);

  CLI::App* const run = app.add_subcommand("run", "Run a command and keep its children's coverage");
  std::vector<std::string> command;
  run->add_option("command", command, "The command and its arguments, after --")->required();
  run->positionals_at_end();
  run->footer(std::string(kSettings) + "\n\n" + kFooter);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return covenv::kExitFailure;
  }
  return covenv::run(std::move(command));
}

}  // namespace

int main(int argc, char** argv) try {
  return run_command_line(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "covenv: %s\n", error.what());
  return covenv::kExitFailure;
}
