// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/summary.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

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
    if (!group.first->loss->text.empty()) text += ": " + printable(group.first->loss->text, 240);
    lines.add(kRed, "LOST", text);
    if (!group.first->loss->mend.empty())
      lines.add("      mend: " + printable(group.first->loss->mend, 240));
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

std::string summary_lines(const Report& report, Style style) {
  Lines lines(style);
  const Totals& totals = report.totals;
  add_losses(lines, report);
  if (report.session.dropped > 0) {
    lines.add(
        kYellow, "incomplete:",
        " " + counted(report.session.dropped, "event", "events") +
            " had no room, so these numbers are too low; give `covenv run --session-size` more, or "
            "/dev/shm room");
  }
  add_crashes(lines, report);
  lines.add(totals.lost > 0 ? kYellow : kGreen, totals.lost > 0 ? "kept:" : "nothing lost:",
            " " + counted(totals.processes, "process", "processes") + ", " +
                std::to_string(totals.measured) + " measured; " + std::to_string(totals.restored) +
                " got their variables back; " + std::to_string(totals.saved) + " saved" +
                save_times(report));
  return lines.take();
}

}  // namespace covenv::report
