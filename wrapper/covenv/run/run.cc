// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shim/core/duration.h"
#include "shim/proc/wait_status.h"
#include "shim/session/journal_layout.h"
#include "shim/session/recorder.h"
#include "wrapper/common/message.h"
#include "wrapper/common/output_file.h"
#include "wrapper/common/preload_library.h"
#include "wrapper/common/session.h"
#include "wrapper/common/settings.h"
#include "wrapper/covenv/cli/command.h"
#include "wrapper/covenv/cli/exit_codes.h"
#include "wrapper/covenv/cli/one_of.h"
#include "wrapper/covenv/cli/setting_options.h"
#include "wrapper/covenv/cli/typed_command.h"
#include "wrapper/covenv/journals/journals.h"
#include "wrapper/covenv/report/output.h"
#include "wrapper/covenv/report/summary.h"
#include "wrapper/covenv/run/counters_server.h"
#include "wrapper/covenv/run/progress.h"
#include "wrapper/covenv/run/run_log.h"
#include "wrapper/covenv/session/session_report.h"
#include "wrapper/supervise/supervisor.h"

namespace covenv {
namespace {

struct RunOptions {
  std::vector<std::string> command;
  std::shared_ptr<std::vector<Variable>> settings;
  RunLogOptions log;
  std::string report;
  std::uint64_t session_size = Session::kDefaultSize;
  std::size_t slowest = 0;
  bool fail_on_loss = false;
  bool quiet = false;
  bool trace = false;
};

/// Those of the environment; an entry that makes no sense is named on stderr.
Settings read_settings() {
  return settings_of(environ, [](const SettingProblem& problem) {
    complain(std::string(problem.variable) + "=" + std::string(problem.value) +
             " makes no sense and is not used: " + std::string(problem.fix));
  });
}

/// Null, and a line that says why, if there is no shared memory: all but the report works.
std::unique_ptr<Session> open_session(std::uint64_t size) {
  try {
    auto session = std::make_unique<Session>(size);
    setenv("COVENV_SESSION", session->name().c_str(), 1);
    return session;
  } catch (const std::exception& error) {
    complain("no session, so no summary: " + std::string(error.what()) +
             ": see that /dev/shm is there, writable, and not full");
    unsetenv("COVENV_SESSION");
    return nullptr;
  }
}

std::string utc_now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  tm parts = {};
  gmtime_r(&time.tv_sec, &parts);
  char day[32];
  strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
  char text[48];
  std::snprintf(text, sizeof(text), "%s.%03ldZ", day, time.tv_nsec / 1000000);
  return static_cast<const char*>(text);
}

/// The pytest plugin names itself so that the second pytest is no third one (under.py).
bool is_called_by_plugin() { return std::getenv("_COVENV_PYTEST") != nullptr; }

/// Asked before the command runs, because a complaint at the end would come too late. False, and
/// the reason on stderr, if no report can be written to the file.
bool can_be_reported_to(const std::string& path) {
  if (path.empty()) return true;
  try {
    report::format_of(path);
  } catch (const report::Error& error) {
    complain(error.what());
    return false;
  }
  if (const std::string problem = problem_of_output_file(path); !problem.empty()) {
    complain("cannot write the report to " + path + ": " + problem);
    return false;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK | X_OK) == 0) return true;
  complain("cannot write the report to " + path + ": " + std::strerror(errno) +
           "; name a file in a folder that is there and can be written to");
  return false;
}

/// False, and the reason on stderr, if the report could not be written.
bool was_written(const report::Report& report, const std::string& path) {
  try {
    report::write_report(report, path);
    return true;
  } catch (const std::exception& error) {
    complain(error.what());
    return false;
  }
}

/// nullopt, and the reason on stderr, if the log cannot be written.
std::optional<RunLog> open_log(const RunLogOptions& options) {
  try {
    return RunLog(options);
  } catch (const std::exception& error) {
    complain(error.what());
    return std::nullopt;
  }
}

/// False, and the reason on stderr, if COVENV_JOURNAL names a folder that cannot hold journals.
bool can_have_journals() {
  const std::string folder = journal_folder();
  if (folder == kJournalFolder || access(folder.c_str(), W_OK | X_OK) == 0) return true;
  complain("cannot keep journals in " + folder + ": " + std::strerror(errno) +
           "; name a folder that is there and can be written to");
  return false;
}

/// Makes data files of the journals of this run that are still there. The events that tell so.
std::vector<RecordedEvent> salvage_run(const std::string& run, std::int64_t when) {
  std::vector<JournalFileInfo> journals = find_journals(journal_folder());
  std::erase_if(journals, [&](const JournalFileInfo& journal) { return journal.run != run; });
  std::vector<RecordedEvent> events;
  for (const Salvaged& result : salvage(journals, "")) {
    const auto dropped = std::min<std::int64_t>(result.dropped, UINT32_MAX);
    RecordedEvent event{.event = KeptEvent{.dropped = static_cast<std::uint32_t>(dropped),
                                           .is_without_source = !result.has_values},
                        .pid = result.pid,
                        .when = when};
    if (!result.problem.empty()) event.text.push_back(result.problem);
    events.push_back(std::move(event));
  }
  remove_code_files(run);
  return events;
}

[[noreturn]] void run(const RunOptions& options, char** argv) {
  const supervise::SignalMask inherited = supervise::SignalMask::all().install();
  set_program_name("covenv");
  for (const Variable& variable : *options.settings) {
    setenv(variable.name.c_str(), variable.value.c_str(), 1);
  }
  const std::optional<RunLog> log = open_log(options.log);
  if (!log || !can_be_reported_to(options.report) || !can_have_journals()) _exit(kExitFailure);
  const Settings settings = read_settings();
  Preloaded preloaded = preload_library();
  const bool preloads = preloaded.problem.empty();
  if (!preloads) complain("nothing is kept: " + preloaded.problem);

  std::vector<char*> command;
  for (const std::string& word : options.command) command.push_back(const_cast<char*>(word.data()));
  command.push_back(nullptr);
  supervise::Request request;
  // No SIGKILL after a grace period, because a test suite may take any time to end.
  request.ladder = {.rungs = {{{SIGTERM, kForever}}}, .count = 1};
  request.subreaper = false;
  request.preload = false;  // done already
  request.trace = options.trace;
  request.command = command.data();

  const std::string started = utc_now();
  if (!preloads) unsetenv("COVENV_SESSION");
  std::unique_ptr<Session> session = preloads ? open_session(options.session_size) : nullptr;
  // So that the report tells what the tracer has kept.
  if (options.trace) join_session(environ);
  Progress progress(session.get(), *log, !options.quiet && !is_called_by_plugin());
  CountersServer counters(session ? &session->counters() : nullptr);
  pid_t command_pid = 0;
  request.started = [&](pid_t pid) {
    command_pid = pid;
    log->started(pid, options.command, preloads ? preloaded.library : "",
                 session ? session->name() : "");
    progress.start();
    counters.start();
  };
  request.ends_rest = false;
  request.removed_if_killed = preloaded.files();
  if (session) request.removed_if_killed.push_back(kSessionFolder + session->name());
  const supervise::Ended ended = supervise::run(request, inherited, argv);
  counters.stop();
  progress.stop();
  preloaded.link.reset();
  if (ended.exec_error == 0 && !session && wait_status(ended.status) == 0 &&
      (!options.report.empty() || options.fail_on_loss)) {
    complain("there is no report, and nothing tells what was lost");
    _exit(kExitFailure);
  }
  if (ended.exec_error != 0 || !session) {
    session.reset();
    supervise::end_like(ended, request);
  }

  const std::int64_t ended_at = session->age();
  const int status = wait_status(ended.status);
  const Wrapper wrapper = {.pid = getpid(),
                           .command = command_pid,
                           .status = status,
                           .ended = ended_at,
                           .asks = settings.kill != KillMode::kOff,
                           .running = running_after_command(*session)};
  report::Report report =
      report_of(*session, wrapper, settings, salvage_run(session->name(), session->age()));
  report.session.started = started;
  report.session.command = options.command;
  report.session.exit = end_of(status);
  log->ended(report);
  const bool succeeded = status == 0;
  const bool fails_for_loss = succeeded && options.fail_on_loss && report.totals.lost != 0;
  const bool is_told = !fails_for_loss && is_summary_told(*session, report);
  session.reset();
  if (!options.quiet && !is_told && report::has_news(report)) {
    write_all(STDERR_FILENO,
              report::summary_lines(report, report::style_of(STDERR_FILENO), options.slowest));
  }
  const bool failed = !options.report.empty() && !was_written(report, options.report);
  if (succeeded && failed) _exit(kExitFailure);
  if (fails_for_loss) _exit(kExitLoss);
  supervise::end_like(ended, request);
}

constexpr const char* kVariablesHelp =
    "Each setting has a variable: COVENV_KILL for --kill, and so on. COVENV_DISABLE=1: no "
    "covenv\nfrom here on.";

}  // namespace

void add_run(CLI::App& app, char** argv) {
  CLI::App* const run_app =
      app.add_subcommand("run", "Run a command and keep its children's coverage");
  auto options = std::make_shared<RunOptions>();
  run_app->add_option("command", options->command, "The command and its arguments, after --")
      ->required();
  options->settings = add_setting_options(*run_app);
  run_app
      ->add_option("--report", options->report,
                   "Write what happened, with command lines, to FILE: .html, .json, .md, .txt or "
                   ".perfetto.json")
      ->type_name("FILE");
  run_app->add_flag("--fail-on-loss", options->fail_on_loss,
                    "Exit with 3 if coverage was lost and the command succeeded");
  run_app
      ->add_option("--slowest", options->slowest,
                   "At the end, also the N processes that took longest, with their tests")
      ->type_name("N");
  run_app->add_flag("--trace", options->trace,
                    "Trace the command itself: the counters of a compiled program are kept at each "
                    "kill; gdb and strace cannot attach");
  run_app->add_flag("--quiet", options->quiet, "No summary at the end");
  run_app
      ->add_option("--session-size", options->session_size,
                   "Room for what happened: 16MiB holds 65 thousand events")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE");
  run_app->add_option("--log-file", options->log.file, "Append a log to FILE; otherwise to stderr")
      ->type_name("FILE");
  run_app->add_option("--log-level", options->log.level, "How much is logged; default info")
      ->check(one_of({std::begin(kLogLevels), std::end(kLogLevels)}))
      ->type_name("LEVEL");
  run_app->add_flag("--log-json", options->log.json, "The log as JSON, an object per line");
  run_app->positionals_at_end();
  run_app->footer(std::string(kVariablesHelp) + "\n\n" + kExitStatusHelp);
  run_app->callback([options, argv, run_app] {
    options->command = typed_command(*run_app, argv);
    run(*options, argv);
  });
}

}  // namespace covenv
