// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string_view>

#include "wrapper/common/printable.h"
#include "wrapper/covenv/report/tree.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

constexpr std::size_t kMostGroups = 50;
constexpr std::size_t kMostRows = 500;
constexpr std::size_t kMostName = 200;
constexpr std::size_t kMostTest = 100;

/// As it is, whatever a mark-up or a mention would make of it.
std::string plain(std::string_view text, std::size_t most = kMostName) {
  std::string result;
  for (const char character : printable(text, most)) {
    const bool is_letter =
        (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
        (character >= '0' && character <= '9') || static_cast<unsigned char>(character) >= 0x80;
    if (is_letter || character == ' ' || character == ',' || character == '/' || character == '.') {
      result += character;
    } else {
      result += "&#" + std::to_string(static_cast<int>(character)) + ";";
    }
  }
  return result;
}

std::string code(std::string_view text) { return "<code>" + plain(text) + "</code>"; }

void write_losses(std::ostream& out, const Report& report) {
  const std::vector<LossGroup> groups = group_losses(report);
  if (groups.empty()) return;
  out << "| lost | why | program | test | fix |\n| ---: | --- | --- | --- | --- |\n";
  for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) {
    const LossGroup& group = groups[i];
    out << "| " << group.count << " | **" << plain(group.reason) << "** "
        << plain(group.first->loss->text) << " | " << code(name_of(*group.first)) << " | "
        << plain(origin_of(group)) << " | " << plain(group.first->loss->fix) << " |\n";
  }
  if (groups.size() > kMostGroups) {
    out << "\nand " << groups.size() - kMostGroups << " more reasons and programs\n";
  }
  out << '\n';
}

std::string what_of(const Process& process) {
  if (process.loss) return "**lost**";
  if (is_kept_in_journal(process)) return "kept from its journal";
  if (is_saved(process)) {
    const std::int64_t took = process.kill ? process.kill->took_ns : 0;
    return took != 0 ? "saved in " + duration(took) : "saved";
  }
  if (process.measured) return "measured";
  return process.restored.empty() ? "" : "restored";
}

void write_rows(std::ostream& out, const Report& report) {
  const Tree tree(report);
  out << "| command | what | end | took | lines | test |\n| --- | --- | --- | ---: | ---: | --- "
         "|\n";
  const std::size_t rows = std::min(tree.nodes().size(), kMostRows);
  for (std::size_t i = 0; i < rows; ++i) {
    const Tree::Node& node = tree.nodes()[i];
    const Process& process = report.processes[node.index];
    out << "| ";
    for (std::size_t depth = 0; depth < std::min<std::size_t>(node.depth, 12); ++depth) {
      out << "&emsp;";
    }
    out << code(name_of(process, kMostName)) << " | " << what_of(process) << " | "
        << plain(end_text(process)) << " | "
        << (process.end_ns ? duration(*process.end_ns - process.start_ns) : "") << " | "
        << (process.brought ? std::to_string(process.brought->lines) : "") << " | "
        << plain(process.test, kMostTest) << " |\n";
  }
  if (rows < tree.nodes().size()) {
    out << "\nand " << tree.nodes().size() - rows << " more: the HTML report shows all\n";
  }
}

}  // namespace

void write_markdown(std::ostream& out, const Report& report) {
  const Totals& totals = report.totals;
  out << "## Coverage of subprocesses: ";
  if (totals.lost > 0) {
    out << counted(totals.lost, "process", "processes") << " lost\n\n";
  } else {
    out << "nothing lost\n\n";
  }
  write_losses(out, report);
  out << "| processes | measured | restored | saved | lost |\n| ---: | ---: | ---: | ---: | ---: "
         "|\n| "
      << totals.processes << " | " << totals.measured << " | " << totals.restored << " | "
      << totals.saved << " | " << totals.lost << " |\n\n";
  const SaveTimes times = kill_to_saved(report);
  if (times.count > 0) {
    out << "Kill to saved: median " << duration(times.median_ns) << ", longest "
        << duration(times.longest_ns) << ".\n\n";
  }
  const std::string gain = gain_text(report);
  if (!gain.empty()) out << "Gained by covenv: " << plain(gain, 400) << ".\n\n";
  if (report.session.dropped > 0) {
    out << counted(report.session.dropped, "event", "events")
        << " had no room: the numbers above are too low.\n\n";
  }
  if (report.processes.empty()) return;
  out << "<details><summary>" << code(command_line(report.session.command, kMostName)) << ", "
      << duration(report.session.wall_ns) << "</summary>\n\n";
  write_rows(out, report);
  out << "\n</details>\n";
}

}  // namespace covenv::report
