// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <span>
#include <sstream>
#include <string>

#include "wrapper/common/message.h"
#include "wrapper/common/preload_library.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"
#include "wrapper/covenv/cli/usage_problem.h"

namespace {

/// Whether `covenv run` can work here, and whether this is below one.
std::string status_line() {
  const std::string library = covenv::find_library();
  const char* const session = std::getenv("COVENV_SESSION");
  const bool is_below = session != nullptr && *session != '\0';
  return "Here: " + (library.empty() ? "no libcovenv.so was found" : library) + "; " +
         (is_below ? "below `covenv run`" : "not below `covenv run`");
}

int run_command_line(int argc, char** argv) {
  CLI::App app("Keeps the coverage of subprocesses", "covenv");
  app.set_version_flag("--version", std::string("covenv ") + COVENV_VERSION);
  app.footer(covenv::kExitStatusHelp);
  app.require_subcommand(1);

  covenv::Outcome outcome;
  covenv::add_run(app, argv);
  covenv::add_doctor(app, argv, outcome);
  covenv::add_env(app, outcome);
  covenv::add_report(app, outcome);
  covenv::add_salvage(app, outcome);
  covenv::add_documentation(app);
  covenv::add_help(app);

  if (argc == 1) {
    covenv::print(app.help() + "\n" + status_line() + "\n");
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int status = app.exit(success, text, text);
    covenv::print(text.str());
    return status;
  } catch (const CLI::ParseError& error) {
    const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
    covenv::complain(covenv::usage_problem(app, error, words.subspan(1)));
    return covenv::kExitFailure;
  }
  return outcome.status;
}

}  // namespace

int main(int argc, char** argv) try {
  covenv::set_program_name("covenv");
  covenv::hold_closed_streams();
  return run_command_line(argc, argv);
} catch (const std::exception& error) {
  covenv::complain(error.what());
  return covenv::kExitFailure;
}
