// SPDX-License-Identifier: MIT
#include "wrapper/covenv/cli/setting_options.h"

#include <optional>
#include <string>
#include <string_view>

#include "shim/core/settings.h"

namespace covenv {
namespace {

struct Row {
  const char* option;
  const char* variable;
  const char* value;  ///< what the help calls it
  const char* help;
};

constexpr Row kRows[] = {
    {"--carry", "COVENV_CARRY", "GLOBS", "Names that travel into every child; default COV*"},
    {"--skip", "COVENV_SKIP", "GLOBS", "Names of programs that are left alone"},
    {"--kill", "COVENV_KILL", "{save,term,off}",
     "Save and die, terminate before a kill, or leave kills as they are; default save"},
    {"--grace", "COVENV_GRACE", "DURATION", "How long a kill waits at most; default 1s"},
    {"--signals", "COVENV_SIGNALS", "LIST",
     "What to terminate with, the first that the process catches; default TERM,INT"},
    {"--journal", "COVENV_JOURNAL", "{on,off,DIR}",
     "Journals of what coverage records: in memory, none, or in a folder; default on"},
    {"--offer", "COVENV_OFFER", "{on,off}",
     "Give the configuration of a measured process to children that have none; default on"},
    {"--light", "COVENV_LIGHT", "{on,off}",
     "Measure children by coverage's tracer alone, from when code to measure runs; default on"},
    {"--status", "COVENV_STATUS", "{kill,real}",
     "What wait() says of a process that was terminated; default kill"},
    {"--signature", "COVENV_SIGNATURE", "LIST",
     "The two real-time signals that mark a measured process; default 57,59"},
};

void take(std::vector<Variable>& given, const Row& row, const std::string& value) {
  Settings settings;
  const bool is_switch = std::string_view(row.value).starts_with("{on,off");
  const std::string set = is_switch && value == "on"    ? "1"
                          : is_switch && value == "off" ? "0"
                                                        : value;
  const std::string entry = std::string(row.variable) + "=" + set;
  const std::optional<SettingProblem> problem = apply_setting(settings, entry.c_str());
  if (problem) {
    throw CLI::ValidationError(row.option,
                               "'" + value + "' makes no sense: " + std::string(problem->fix));
  }
  given.push_back({row.variable, set});
}

}  // namespace

std::shared_ptr<std::vector<Variable>> add_setting_options(CLI::App& app) {
  auto given = std::make_shared<std::vector<Variable>>();
  for (const Row& row : kRows) {
    app.add_option_function<std::string>(
           row.option, [given, &row](const std::string& value) { take(*given, row, value); },
           row.help)
        ->type_name(row.value)
        ->group("Settings");
  }
  return given;
}

}  // namespace covenv
