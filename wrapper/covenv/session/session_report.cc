// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/session_report.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

#include "wrapper/common/settings.h"

namespace covenv {
namespace {

std::string host_name() {
  std::array<char, 256> name = {};
  gethostname(name.data(), name.size() - 1);
  return name.data();
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

/// From /proc; 0 if it cannot be read.
int parent_of(int pid) {
  std::string stat;
  std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/stat"), stat);
  const std::size_t end = stat.rfind(')');
  int parent = 0;
  char state = 0;
  if (end != std::string::npos) std::istringstream(stat.substr(end + 1)) >> state >> parent;
  return parent;
}

/// A number, not 0, that differs if other processes have lost their coverage, or more events had no
/// room. A count would not do, because what was lost may be salvaged while something else is lost.
std::uint32_t losses_of(const report::Report& report) {
  std::ostringstream text;
  text << report.session.dropped;
  for (const report::Process& process : report.processes) {
    if (process.loss) text << ' ' << process.pid << ' ' << process.start_ns;
  }
  return static_cast<std::uint32_t>(std::hash<std::string>()(text.str())) | 1U;
}

}  // namespace

report::Report report_of(const SessionReader& session, const Wrapper& wrapper,
                         const Settings& settings, const std::vector<RecordedEvent>& later) {
  report::Report report;
  report.covenv = COVENV_VERSION;
  report.session.host = host_name();
  report.session.wall_ns = session.age();
  report.session.dropped = static_cast<std::int64_t>(session.dropped());
  report.session.grace_ns = settings.grace_ns;
  report.session.kill = name_of(settings.kill);
  std::vector<RecordedEvent> events = session.events();
  events.insert(events.end(), later.begin(), later.end());
  report.processes = processes_of_session(events, wrapper);
  report.gain = gain_of_session(events);
  report.totals = report::count(report.processes);
  return report;
}

std::optional<std::unordered_set<std::int64_t>> running_processes() {
  std::unordered_set<std::int64_t> pids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string stat;
    std::getline(std::ifstream(entry.path() / "stat"), stat);
    const std::size_t state = stat.rfind(')');
    if (state == std::string::npos || stat.compare(state, 3, ") Z") == 0) continue;
    pids.insert(std::stoll(name));
  }
  if (pids.empty()) return std::nullopt;
  return pids;
}

std::optional<std::unordered_set<std::int64_t>> running_after_command(
    const SessionReader& session) {
  constexpr int kLooks = 10;
  constexpr auto kBetween = std::chrono::milliseconds(20);
  std::unordered_set<std::int64_t> measured;
  for (const RecordedEvent& event : session.events()) {
    if (std::holds_alternative<MeasuredEvent>(event.event)) measured.insert(event.pid);
    if (std::holds_alternative<ReapedEvent>(event.event)) measured.erase(event.pid);
  }
  auto running = running_processes();
  const auto is_running = [&](std::int64_t pid) { return running && running->contains(pid); };
  for (int look = 0; look < kLooks && std::any_of(measured.begin(), measured.end(), is_running);
       ++look) {
    std::this_thread::sleep_for(kBetween);
    running = running_processes();
  }
  return running;
}

report::Report report_of_running_session() {
  const char* const name = std::getenv("COVENV_SESSION");
  if (name == nullptr || *name == '\0') {
    throw report::Error(
        "there is no session here; name a report, or ask below `covenv run`, before it ends");
  }
  const Settings settings = settings_of(environ);  // `covenv run` has told what makes no sense
  try {
    const SessionReader session{std::string(name)};
    report::Report report = report_of(session, {.pid = session.maker()}, settings);
    std::erase_if(report.processes, [](const report::Process& process) {
      return process.pid == getpid() && !process.end;
    });
    for (int pid = getppid(); pid > 1; pid = parent_of(pid)) {
      for (report::Process& process : report.processes) {
        if (process.pid == pid && !process.end) process.note = report::Note::kReporting;
      }
    }
    report.totals = report::count(report.processes);
    return report;
  } catch (const std::exception& error) {
    throw report::Error("the session " + std::string(name) + " cannot be read: " + error.what() +
                        "; ask below `covenv run`, before it ends");
  }
}

void say_summary_is_told(const report::Report& report) {
  const char* const name = std::getenv("COVENV_SESSION");
  if (name != nullptr) SessionReader::say_told(name, losses_of(report));
}

bool is_summary_told(const SessionReader& session, const report::Report& report) {
  const bool is_complete = report.totals.lost == 0 && report.session.dropped == 0;
  return session.told() != 0 && (is_complete || session.told() == losses_of(report));
}

}  // namespace covenv
