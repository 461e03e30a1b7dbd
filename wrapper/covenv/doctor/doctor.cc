// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "wrapper/common/message.h"
#include "wrapper/common/preload_library.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"
#include "wrapper/covenv/cli/typed_command.h"
#include "wrapper/covenv/doctor/compiled.h"
#include "wrapper/covenv/doctor/finding.h"
#include "wrapper/covenv/doctor/finished_run.h"
#include "wrapper/covenv/doctor/followed_command.h"
#include "wrapper/covenv/doctor/interpreter.h"
#include "wrapper/covenv/doctor/jacoco_options.h"
#include "wrapper/covenv/doctor/perl_options.h"
#include "wrapper/covenv/doctor/probe.h"
#include "wrapper/covenv/doctor/simplecov_setup.h"
#include "wrapper/covenv/doctor/surroundings.h"
#include "wrapper/covenv/programs/find_program.h"
#include "wrapper/covenv/programs/run_program.h"
#include "wrapper/covenv/report/parse.h"

namespace covenv {
namespace {

using doctor::Finding;
using doctor::Level;

constexpr int kExitFindings = 1;

struct DoctorOptions {
  bool json = false;
  std::vector<std::string> programs;
  std::string after;  ///< the path of a report; empty: no run is explained
  std::vector<std::string> command;
};

/// What is known of a finished run; nothing if none is explained.
struct FinishedRun {
  doctor::Words command;
  doctor::Words programs;  ///< those of processes that have lost something
  std::vector<Finding> findings;
  nlohmann::json without_source = nlohmann::json::array();
};

FinishedRun read_finished_run(const std::string& path) {
  if (path.empty()) return {};
  const report::Report report = report::read_file(path);
  return {.command = report.session.command,
          .programs = doctor::programs_with_losses(report),
          .findings = doctor::explain_losses(report, path),
          .without_source = doctor::without_source(report)};
}

/// Puts the library before the probe, as `covenv run` does before the command. The link, if there
/// is one, has to stay until the probe has ended.
std::unique_ptr<LibraryLink> preload(std::vector<Finding>& findings) {
  std::unique_ptr<LibraryLink> link;
  const std::string library = find_library();
  if (library.empty()) {
    findings.push_back({Level::kError, "library-missing", "libcovenv.so is missing",
                        library_candidates().front(), "reinstall covenv"});
  } else if (const std::optional<Obstacle> obstacle = obstacle_to_loading(library)) {
    findings.push_back({Level::kError, "library-unloadable",
                        "the library cannot be loaded: " + obstacle->why, library, obstacle->fix});
  } else if (!preload_in_children(library, link)) {
    findings.push_back(
        {Level::kError, "library-path",
         "LD_PRELOAD cannot express the path of the library, and no link can be made", library,
         "install covenv in a path without blanks, colons and dollar signs"});
  }
  return link;
}

/// The paths of the programs that --program names.
doctor::Words check_programs(const DoctorOptions& options, const std::string& python,
                             std::vector<Finding>& findings) {
  doctor::check_program(python, true, findings);
  doctor::Words named;
  const auto check = [&](const std::string& name) {
    const std::string path = find_program(name);
    if (path.empty()) return false;
    if (path != python) doctor::check_program(path, false, findings);
    return true;
  };
  // Only words that can be commands, which options are not.
  for (const std::string& word : options.command) {
    if (!word.starts_with('-')) check(word);
  }
  for (const std::string& name : options.programs) {
    if (check(name)) {
      named.push_back(find_program(name));
      continue;
    }
    findings.push_back({Level::kWarning, "program-missing",
                        name + " is not there, or not executable", "--program",
                        "name a program along PATH, or its path"});
  }
  return named;
}

/// Lowers the findings about a Python that the command may not run.
void doubt_interpreter(doctor::Report& report) {
  for (Finding& finding : report.findings) {
    if (finding.where != report.interpreter) continue;
    finding.level = finding.level == Level::kError ? Level::kWarning : Level::kNote;
    finding.what = "if the command uses this Python, which it does not name: " + finding.what;
    finding.fix = "name the Python that it uses: covenv doctor -- /path/to/python -m pytest --cov";
  }
}

void check_child(doctor::Report& report) {
  if (!report.child.ran) return;
  if (report.child.saved) {
    // The child runs in another folder, so its saved data prove that it has found the plugin.
    std::erase_if(report.findings,
                  [](const Finding& finding) { return finding.check == "plugin-elsewhere"; });
    return;
  }
  std::string fix =
      report.findings.empty() ? "report it with the output of --json" : "see the findings above";
  for (const Finding& finding : report.findings) {
    if (finding.level == Level::kError || finding.check == "kill-off" ||
        finding.check == "plugin-elsewhere") {
      fix = finding.fix;
      break;
    }
  }
  if (const char* const offer = std::getenv("COVENV_OFFER"); offer != nullptr && *offer == '0') {
    fix = "unset COVENV_OFFER, or configure patch = subprocess in [run]";
  }
  report.findings.push_back(
      {Level::kError, "child-lost",
       "a child that was started with env={} and killed is not measured: " + report.child.why,
       report.interpreter, fix});
}

int examine(DoctorOptions options) {
  doctor::Report report;
  FinishedRun finished;
  try {
    finished = read_finished_run(options.after);
  } catch (const report::Error& error) {
    complain(error.what());
    return kExitFailure;
  }
  if (options.command.empty()) options.command = finished.command;
  const std::filesystem::path folder = std::filesystem::current_path();
  const doctor::Followed followed = doctor::follow(options.command, finished.findings);
  if (std::filesystem::current_path() != folder) {
    for (std::string& program : options.programs) {
      if (program.find('/') != std::string::npos) program = folder / program;
    }
  }
  options.command = followed.command;
  doctor::Interpreter interpreter = doctor::find_interpreter(options.command);
  interpreter.is_guess = interpreter.is_guess || followed.is_guess;
  report.interpreter = interpreter.path;
  if (report.interpreter.empty()) {
    complain("no Python: name one (covenv doctor -- /path/to/python -m pytest)");
    return kExitFailure;
  }
  std::vector<Finding>& findings = report.findings;
  findings = finished.findings;
  const char* const list = std::getenv("LD_PRELOAD");
  doctor::check_preload_list(list != nullptr ? list : "", findings);
  doctor::check_settings(environ, findings);
  doctor::check_jacoco(environ, findings);
  doctor::check_perl(environ, findings);
  doctor::check_simplecov(environ, std::filesystem::current_path(), findings);
  doctor::check_go_folder(std::getenv("GOCOVERDIR"), findings);
  doctor::check_node_folder(std::getenv("NODE_V8_COVERAGE"), findings);
  doctor::check_profile_pattern(std::getenv("LLVM_PROFILE_FILE"), findings);
  const doctor::Words programs = check_programs(options, report.interpreter, findings);
  const std::unique_ptr<LibraryLink> link = preload(findings);

  const std::optional<ProgramOutput> answer =
      doctor::run_probe(report.interpreter, options.command, programs, finished.without_source);
  if (!answer || !doctor::add_answer(report, answer->output)) {
    std::string why = answer ? last_line(answer->errors) : "it did not start, or did not end";
    if (why.empty()) why = "it printed nothing";
    complain("the checks did not run in " + report.interpreter + ": " + why);
    return kExitFailure;
  }
  check_child(report);
  for (Finding& finding : findings) {
    if (!followed.where.empty() && finding.where == "command") finding.where = followed.where;
  }
  if (interpreter.is_guess) doubt_interpreter(report);
  doctor::sort_findings(findings);
  const std::string text =
      options.json
          ? doctor::as_json(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                "\n"
          : doctor::as_text(report, isatty(STDOUT_FILENO) == 1);
  print(text);
  const bool is_healthy = std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Level::kNote;
  });
  return is_healthy ? 0 : kExitFindings;
}

}  // namespace

void add_doctor(CLI::App& app, char** argv, Outcome& outcome) {
  CLI::App* const doctor_app =
      app.add_subcommand("doctor", "Say why coverage of subprocesses is lost, and what fixes it");
  auto options = std::make_shared<DoctorOptions>();
  doctor_app->add_flag("--json", options->json, "Print JSON");
  doctor_app
      ->add_option("--program", options->programs,
                   "A program that the suite starts; may be given again")
      ->expected(1)
      ->take_all();
  doctor_app
      ->add_option("--after", options->after,
                   "Explain the run of this report, which `covenv run --report` has written")
      ->type_name("FILE");
  doctor_app->add_option("command", options->command, "The command that runs the tests, after --");
  doctor_app->positionals_at_end();
  doctor_app->footer(
      "Exit status: 0 if nothing was found but notes, 1 with warnings or errors, 125 if covenv "
      "itself failed or was called wrongly.");
  doctor_app->callback([options, argv, doctor_app, &outcome] {
    options->command = typed_command(*doctor_app, argv);
    outcome.status = examine(*options);
  });
}

}  // namespace covenv
