// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/summary.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "wrapper/common/printable.h"
#include "wrapper/common/signal_names.h"
#include "wrapper/covenv/report/words.h"

namespace covenv::report {
namespace {

constexpr std::size_t kMostGroups = 3;  // two lines each

class Lines {
 public:
  explicit Lines(Style style) : style_(style) {}

  void add(const char* colour, const std::string& mark, const std::string& text) {
    text_ += "covenv: ";
    text_ += style_.colour ? std::string("\x1b[") + colour + "m" + mark + "\x1b[0m" : mark;
    text_ += text + "\n";
  }
  void add(const std::string& text) { text_ += "covenv: " + text + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  Style style_;
  std::string text_;
};

constexpr const char* kRed = "1;31";
constexpr const char* kYellow = "33";
constexpr const char* kGreen = "32";

void add_losses(Lines& lines, const Report& report) {
  const std::vector<LossGroup> groups = group_losses(report);
  std::int64_t told = 0;
  for (std::size_t i = 0; i < groups.size() && i < kMostGroups; ++i) {
    const LossGroup& group = groups[i];
    std::string text = " " + std::to_string(group.count) + " x " + group.reason;
    text += ": " + name_of(*group.first, 120);
    if (const std::string origin = origin_of(group); !origin.empty()) text += ", " + origin;
    if (!group.first->loss->text.empty()) text += ": " + printable(group.first->loss->text, 240);
    lines.add(kRed, "LOST", text);
    if (!group.first->loss->fix.empty())
      lines.add("      fix: " + printable(group.first->loss->fix, 240));
    told += group.count;
  }
  const std::int64_t untold = report.totals.lost - told;
  if (untold > 0) {
    lines.add(kRed, "LOST",
              " " + std::to_string(untold) + " more: `--report FILE.html` shows each of them");
  }
}

bool has_crashed(const Process& process) {
  if (!process.end || process.end->how != End::How::kSignal) return false;
  const int signal = process.end->number;
  return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGILL ||
         signal == SIGFPE || signal == SIGSYS || signal == SIGTRAP || signal == SIGQUIT;
}

void add_crashes(Lines& lines, const Report& report) {
  std::size_t told = 0;
  for (const Process& process : report.processes) {
    if (told == kMostGroups) break;
    if (!has_crashed(process) || !is_kept_in_journal(process)) continue;
    lines.add("kept from its journal: " + name_of(process, 120) + ", died of " +
              signal_name(process.end->number) + ", complete to its last line");
    ++told;
  }
}

bool is_running(const Process& process) {
  return process.measured && !process.end && process.note != Note::kReporting;
}

/// The measured processes that have measured children, and no measured parent.
std::unordered_set<std::int64_t> runners_of(const Report& report) {
  std::unordered_map<std::int64_t, const Process*> measured;
  for (const Process& process : report.processes) {
    if (process.measured) measured.emplace(process.id, &process);
  }
  std::unordered_set<std::int64_t> runners;
  for (const auto& [id, process] : measured) {
    const auto parent = measured.find(process->parent.value_or(0));
    if (parent == measured.end()) continue;
    const std::optional<std::int64_t> above = parent->second->parent;
    if (!above || !measured.contains(*above)) runners.insert(parent->first);
  }
  return runners;
}

/// Processes that have lost nothing, and of which not all was measured: one line for each kind.
class Rest {
 public:
  explicit Rest(const Report& report) : report_(report) {}

  bool is_nothing_lost() const {
    return std::none_of(report_.processes.begin(), report_.processes.end(),
                        [](const Process& process) {
                          return is_running(process) || process.note == Note::kStopped;
                        });
  }

  void add_to(Lines& lines) const {
    add(lines, "still running", is_running);
    add(lines, "stopped measuring",
        [](const Process& process) { return process.note == Note::kStopped; });
    add(lines, "opted out", [](const Process& process) { return process.note == Note::kOptedOut; });
    const std::unordered_set<std::int64_t> runners = runners_of(report_);
    add(lines, "measured nothing of source", [&](const Process& process) {
      return process.note == Note::kNoSource && !runners.contains(process.id);
    });
  }

 private:
  template <typename Is>
  void add(Lines& lines, const char* what, Is is) const {
    const auto count = std::count_if(report_.processes.begin(), report_.processes.end(), is);
    if (count == 0) return;
    const auto first = std::find_if(report_.processes.begin(), report_.processes.end(), is);
    const std::string outside = outside_text(*first);
    lines.add(std::to_string(count) + " " + what + ": " + name_of(*first, 120) +
              (count > 1 ? ", ..." : "") + (outside.empty() ? "" : "; " + outside));
  }

  const Report& report_;
};

/// A line if the command's own report may have nothing to show, or may not have been made; else
/// empty.
std::string problem_of_report(const Report& report) {
  const auto& processes = report.processes;
  const auto is_empty = [](const Process& process) {
    return !process.measured || process.note == Note::kNoSource;
  };
  if (report.totals.measured > 0 && std::all_of(processes.begin(), processes.end(), is_empty)) {
    return "no data: no line ran that coverage measures; see --cov, source, include and omit";
  }
  const std::optional<End>& exit = report.session.exit;
  const bool is_in_doubt = exit && (exit->how == End::How::kSignal ||
                                    (exit->how == End::How::kExit && exit->number > 1));
  if (!is_in_doubt) return "";
  Process command;
  command.end = exit;
  return "the command failed (" + end_text(command) + "): see whether its own report was made";
}

std::string save_times(const Report& report) {
  const SaveTimes times = kill_to_saved(report);
  if (times.count == 0) return "";
  if (times.count == 1) return " (kill to saved: " + duration(times.longest_ns) + ")";
  return " (kill to saved: median " + duration(times.median_ns) + ", longest " +
         duration(times.longest_ns) + ")";
}

}  // namespace

Style style_of(int fd) {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool is_unwanted = no_colour != nullptr && *no_colour != '\0';
  const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return {.colour = !is_unwanted && !is_dumb && isatty(fd) == 1};
}

bool has_news(const Report& report) {
  const Totals& totals = report.totals;
  return totals.measured != 0 || totals.restored != 0 || totals.lost != 0 ||
         report.session.dropped != 0;
}

std::string summary_lines(const Report& report, Style style, std::size_t slowest_wanted) {
  Lines lines(style);
  const Totals& totals = report.totals;
  const std::string problem = problem_of_report(report);
  if (!problem.empty()) lines.add(problem);
  add_losses(lines, report);
  if (report.session.dropped > 0) {
    lines.add(
        kYellow, "incomplete:",
        " " + counted(report.session.dropped, "event", "events") +
            " had no room, so these numbers are too low; give `covenv run --session-size` more, or "
            "/dev/shm room");
  }
  add_crashes(lines, report);
  const Rest rest(report);
  rest.add_to(lines);
  for (const Process* const process : slowest(report, slowest_wanted)) {
    lines.add("slowest: " + slowest_text(*process));
  }
  const std::string gain = gain_text(report);
  const bool is_all = totals.lost == 0 && problem.empty() && rest.is_nothing_lost();
  lines.add(is_all ? kGreen : kYellow, is_all ? "nothing lost:" : "kept:",
            " " + counted(totals.processes, "process", "processes") + ", " +
                std::to_string(totals.measured) + " measured; " + std::to_string(totals.restored) +
                " got their variables back; " + std::to_string(totals.saved) + " saved" +
                save_times(report) + (gain.empty() ? "" : "; gained " + gain));
  return lines.take();
}

}  // namespace covenv::report
