// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "command.h"
#include "core/settings.h"
#include "exit_codes.h"
#include "progress.h"
#include "report/output.h"
#include "report/summary.h"
#include "shim/core/duration.h"
#include "story.h"
#include "wrapper/library.h"
#include "wrapper/session.h"
#include "wrapper/sigforward/message.h"
#include "wrapper/sigforward/supervisor.h"

namespace covenv {
namespace {

using sigforward::complain;

/// A variable that an option stands for.
struct Setting {
  const char* option;
  const char* variable;
  const char* meaning;
};
constexpr Setting kSettings[] = {
    {"--kill", "COVENV_KILL", "save, term or off: what becomes of a kill"},
    {"--grace", "COVENV_GRACE", "How long a kill waits for the data at most: 1s, 500ms, 2m"},
    {"--carry", "COVENV_CARRY", "Names that travel into every child, comma-separated globs"},
    {"--skip", "COVENV_SKIP", "Program names that are left alone, comma-separated globs"},
};

struct RunOptions {
  std::vector<std::string> command;
  std::vector<std::string> settings = std::vector<std::string>(std::size(kSettings));
  std::string report;
  std::uint64_t session_size = Session::kDefaultSize;
  bool fail_on_loss = false;
  bool quiet = false;
};

/// Those of the environment; what makes no sense there is named on stderr.
Settings read_settings() {
  Settings settings;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::optional<SettingProblem> problem = apply_setting(settings, *entry);
    if (!problem) continue;
    complain(std::string(problem->variable) + "=" + std::string(problem->value) +
             " makes no sense and is not used: " + std::string(problem->mend));
  }
  return settings;
}

const char* name_of(KillMode mode) {
  switch (mode) {
    case KillMode::kSave:
      return "save";
    case KillMode::kTerm:
      return "term";
    case KillMode::kOff:
      break;
  }
  return "off";
}

/// False, and the reason on stderr, where a value makes no sense.
bool set_variables(const std::vector<std::string>& values) {
  Settings settings;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    const std::string entry = std::string(kSettings[i].variable) + "=" + values[i];
    if (const auto problem = apply_setting(settings, entry.c_str())) {
      complain(std::string(kSettings[i].option) + " " + values[i] +
               " makes no sense: " + std::string(problem->mend));
      return false;
    }
    setenv(kSettings[i].variable, values[i].c_str(), 1);
  }
  return true;
}

int fail_without_library() {
  std::string places;
  for (const std::string& candidate : library_candidates()) places += "\n  " + candidate;
  complain(
      "libcovenv.so is missing; build it with `cmake --build --preset release`, or reinstall. "
      "Looked for:" +
      places);
  return kExitFailure;
}

/// Nothing, and a line that says why, where there is no shared memory: all but the report works.
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

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return static_cast<const char*>(name);
}

int wait_status(const siginfo_t& status) {
  return status.si_code == CLD_EXITED ? status.si_status << 8 : status.si_status;
}

/// Before anything runs: at the end it would be too late to say so. False, and the reason on
/// stderr.
bool can_be_reported_to(const std::string& path) {
  if (path.empty()) return true;
  try {
    report::format_of(path);
  } catch (const report::Error& error) {
    complain(error.what());
    return false;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK | X_OK) == 0) return true;
  complain("cannot write the report to " + path + ": " + std::strerror(errno) +
           "; name a file in a folder that is there and can be written to");
  return false;
}

/// False, and the reason on stderr, where it could not be written.
bool was_written(const report::Report& report, const std::string& path) {
  try {
    report::write_report(report, path);
    return true;
  } catch (const std::exception& error) {
    complain(error.what());
    return false;
  }
}

report::Report make_report(const RunOptions& options, const Session& session, pid_t command,
                           int status) {
  report::Report report;
  report.covenv = COVENV_VERSION;
  report.session.host = host_name();
  report.session.wall_ns = session.age();
  report.session.command = options.command;
  report.session.exit = end_of(status);
  report.session.dropped = static_cast<std::int64_t>(session.dropped());
  report.processes = tell_story(
      session.events(),
      {.pid = getpid(), .command = command, .status = status, .ended = report.session.wall_ns});
  report.totals = report::count(report.processes);
  return report;
}

[[noreturn]] void run(const RunOptions& options, char** argv) {
  const sigforward::SignalMask inherited = sigforward::SignalMask::all().install();
  sigforward::set_program_name("covenv");
  if (!set_variables(options.settings) || !can_be_reported_to(options.report)) _exit(kExitFailure);
  const Settings settings = read_settings();
  const std::string library = find_library();
  if (library.empty()) _exit(fail_without_library());
  if (!preload_in_children(library)) {
    complain("LD_PRELOAD cannot express the path " + library +
             ": move covenv to one without blanks and colons");
    _exit(kExitFailure);
  }

  std::vector<char*> command;
  for (const std::string& word : options.command) command.push_back(const_cast<char*>(word.data()));
  command.push_back(nullptr);
  sigforward::Options supervision;
  // A suite takes the time that it takes: whoever wants it dead says so.
  supervision.ladder = {.rungs = {{{SIGTERM, kForever}}}, .count = 1};
  supervision.subreaper = false;
  supervision.preload = false;  // it is preloaded already
  supervision.command = command.data();

  const std::string started = utc_now();
  std::unique_ptr<Session> session = open_session(options.session_size);
  Progress progress(session.get());
  sigforward::Attendance attendance;
  pid_t command_pid = 0;
  attendance.started = [&](pid_t pid) {
    command_pid = pid;
    progress.start();
  };
  attendance.ends_rest = false;
  if (session) attendance.file = kSessionFolder + session->name();
  const sigforward::Ended ended = sigforward::supervise(supervision, inherited, argv, attendance);
  progress.stop();
  if (ended.exec_error != 0 || !session) {
    session.reset();
    sigforward::end_like(ended, supervision);
  }

  report::Report report = make_report(options, *session, command_pid, wait_status(ended.status));
  report.session.started = started;
  report.session.grace_ns = settings.grace_ns;
  report.session.kill = name_of(settings.kill);
  session.reset();
  const report::Totals& totals = report.totals;
  const bool has_news = totals.measured != 0 || totals.restored != 0 || totals.lost != 0 ||
                        report.session.dropped != 0;
  if (!options.quiet && has_news) {
    sigforward::write_all(STDERR_FILENO,
                          report::summary_lines(report, report::style_of(STDERR_FILENO)));
  }
  const bool failed = !options.report.empty() && !was_written(report, options.report);
  const report::End& end = *report.session.exit;
  const bool succeeded = end.how == report::End::How::kExit && end.number == 0;
  if (succeeded && failed) _exit(kExitFailure);
  if (succeeded && options.fail_on_loss && totals.lost != 0) _exit(kExitLoss);
  sigforward::end_like(ended, supervision);
}

constexpr const char* kSettingsHelp =
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

void add_run(CLI::App& app, char** argv) {
  CLI::App* const run_app =
      app.add_subcommand("run", "Run a command and keep its children's coverage");
  auto options = std::make_shared<RunOptions>();
  run_app->add_option("command", options->command, "The command and its arguments, after --")
      ->required();
  for (std::size_t i = 0; i < std::size(kSettings); ++i) {
    run_app->add_option(kSettings[i].option, options->settings[i], kSettings[i].meaning);
  }
  run_app
      ->add_option("--report", options->report,
                   "Write what happened to FILE: .html, .json, .md, .txt or .perfetto.json")
      ->type_name("FILE");
  run_app->add_flag("--fail-on-loss", options->fail_on_loss,
                    "Exit with 3 where coverage was lost and the command succeeded");
  run_app->add_flag("--quiet", options->quiet, "No summary at the end");
  run_app
      ->add_option("--session-size", options->session_size,
                   "Room for what happened: 16MiB holds 65 thousand events")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  run_app->positionals_at_end();
  run_app->footer(std::string(kSettingsHelp) + "\n\n" + kExitStatusHelp);
  run_app->callback([options, argv] { run(*options, argv); });
}

}  // namespace covenv
