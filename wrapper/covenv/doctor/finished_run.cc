// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/finished_run.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "wrapper/covenv/programs/find_program.h"
#include "wrapper/covenv/report/words.h"

namespace covenv::doctor {
namespace {

using report::Note;
using report::Process;

constexpr std::size_t kLongestCommand = 160;

std::string shown(const Process& process) {
  return "process " + std::to_string(process.pid) + ", " +
         report::command_line(process.argv, kLongestCommand);
}

/// A process that reports, or has stopped measuring, is meant to go on.
bool is_left_running(const Process& process) {
  return process.measured && !process.end && !process.loss && process.note == Note::kNone;
}

}  // namespace

Findings explain_losses(const report::Report& report, const std::string& name) {
  Findings findings;
  std::map<std::pair<std::string, std::vector<std::string>>, std::size_t> known;
  std::vector<std::int64_t> more;
  for (const Process& process : report.processes) {
    const std::string reason = process.loss               ? process.loss->reason
                               : is_left_running(process) ? "left-running"
                                                          : "";
    if (reason.empty()) continue;
    const auto [place, is_new] = known.try_emplace({reason, process.argv}, findings.size());
    if (!is_new) {
      ++more[place->second];
      continue;
    }
    more.push_back(0);
    if (process.loss) {
      findings.push_back({Level::kError, "run-lost",
                          shown(process) + ": " + reason + ": " + process.loss->text, name,
                          process.loss->fix});
    } else {
      findings.push_back({Level::kWarning, "run-left-running",
                          shown(process) + ": it still ran when the command had ended, so the "
                                           "report of coverage has none of its lines",
                          name, "end it, and wait for its end, in the test that starts it"});
    }
  }
  for (std::size_t n = 0; n < findings.size(); ++n) {
    if (more[n] != 0) findings[n].what += " (and " + std::to_string(more[n]) + " like it)";
  }
  return findings;
}

Words programs_with_losses(const report::Report& report) {
  Words programs;
  for (const Process& process : report.processes) {
    if (!process.loss || !process.program || !is_executable(*process.program)) continue;
    if (std::find(programs.begin(), programs.end(), *process.program) == programs.end()) {
      programs.push_back(*process.program);
    }
  }
  return programs;
}

nlohmann::json without_source(const report::Report& report) {
  std::map<std::vector<std::string>, std::int64_t> first;
  for (const Process& process : report.processes) {
    if (process.note == Note::kNoSource) first.try_emplace(process.argv, process.pid);
  }
  nlohmann::json processes = nlohmann::json::array();
  for (const auto& [argv, pid] : first) processes.push_back({{"pid", pid}, {"argv", argv}});
  return processes;
}

}  // namespace covenv::doctor
