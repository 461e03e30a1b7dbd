// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "core/settings.h"
#include "exit_codes.h"
#include "wrapper/library.h"

namespace covenv {
namespace {

void report_bad_settings() {
  Settings settings;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::optional<SettingProblem> problem = apply_setting(settings, *entry);
    if (!problem) continue;
    const std::string variable(problem->variable);
    const std::string value(problem->value);
    const std::string mend(problem->mend);
    std::fprintf(stderr, "covenv: %s=%s makes no sense and is not used: %s\n", variable.c_str(),
                 value.c_str(), mend.c_str());
  }
}

int fail_without_library() {
  std::string places;
  for (const std::string& candidate : library_candidates()) {
    places += "\n  " + candidate;
  }
  std::fprintf(
      stderr,
      "covenv: libcovenv.so is missing; build it with `cmake --build --preset release`, or "
      "reinstall. Looked for:%s\n",
      places.c_str());
  return kExitFailure;
}

/// Becomes `command` with libcovenv.so preloaded, so that pid, signals, terminal and exit status
/// are the command's own. Returns only where that failed: one of exit_codes.h, the reason on
/// stderr. A COVENV_* variable that makes no sense is named there too; the command runs all the
/// same.
int run(std::vector<std::string> command) {
  report_bad_settings();
  const std::string library = find_library();
  if (library.empty()) return fail_without_library();
  if (!preload_in_children(library)) {
    std::fprintf(stderr,
                 "covenv: LD_PRELOAD cannot express the path %s: move covenv to one without blanks "
                 "and colons\n",
                 library.c_str());
    return kExitFailure;
  }

  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int error = errno;
  std::fprintf(stderr, "covenv: cannot run %s: %s\n", argv[0], std::strerror(error));
  return error == ENOENT ? kExitNotFound : kExitNotExecutable;
}

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

}  // namespace

void add_run(CLI::App& app, Outcome& outcome) {
  CLI::App* const run_app =
      app.add_subcommand("run", "Run a command and keep its children's coverage");
  auto command = std::make_shared<std::vector<std::string>>();
  run_app->add_option("command", *command, "The command and its arguments, after --")->required();
  run_app->positionals_at_end();
  run_app->footer(std::string(kSettings) + "\n\n" + kExitStatusHelp);
  run_app->callback([command, &outcome] { outcome.status = run(*command); });
}

}  // namespace covenv
