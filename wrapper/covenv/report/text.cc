// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iomanip>
#include <map>

#include "wrapper/common/printable.h"
#include "wrapper/covenv/report/tree.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/report/writers.h"

namespace covenv::report {
namespace {

constexpr std::size_t kMostName = 160;
constexpr std::size_t kMostIndent = 20;

std::string exit_text(const Session& session) {
  Process process;
  process.end = session.exit;
  return end_text(process);
}

/// One line for each way in which coverage has started in children.
void write_starts(std::ostream& out, const Report& report) {
  std::map<std::string, std::int64_t> counts;
  for (const Process& process : report.processes) {
    if (process.measured) ++counts[start_text(process.start)];
  }
  counts.erase("");
  for (const auto& [how, count] : counts) out << "measured " << how << ": " << count << '\n';
}

void write_head(std::ostream& out, const Report& report) {
  const Session& session = report.session;
  out << command_line(session.command, kMostName) << '\n'
      << duration(session.wall_ns) << ", " << exit_text(session);
  if (!session.host.empty()) out << ", on " << printable(session.host);
  if (!session.started.empty()) out << ", started " << printable(session.started);
  if (!report.shards.empty()) {
    out << ", " << counted(static_cast<std::int64_t>(report.shards.size()), "shard", "shards");
  }
  const Totals& totals = report.totals;
  out << "\n\nprocesses " << totals.processes << "   measured " << totals.measured << "   restored "
      << totals.restored << "   saved " << totals.saved << "   LOST " << totals.lost << '\n';
  write_starts(out, report);
  const std::string gain = gain_text(report);
  if (!gain.empty()) out << "gained by covenv: " << gain << '\n';
  const auto brought_nothing =
      std::count_if(report.processes.begin(), report.processes.end(), [](const Process& process) {
        return process.brought ? process.brought->lines == 0 : process.note == Note::kNoSource;
      });
  if (brought_nothing > 0) out << "measured, and brought no line: " << brought_nothing << '\n';
  const SaveTimes times = kill_to_saved(report);
  if (times.count > 0) {
    out << "kill to saved: median " << duration(times.median_ns) << ", longest "
        << duration(times.longest_ns) << '\n';
  }
  if (session.dropped > 0) {
    out << counted(session.dropped, "event", "events")
        << " had no room: processes and saves may be missing here\n";
  }
}

void write_losses(std::ostream& out, const Report& report) {
  for (const LossGroup& group : group_losses(report)) {
    out << "\nLOST " << group.count << " x " << group.reason;
    out << ": " << name_of(*group.first) << '\n';
    if (const std::string origin = origin_of(group); !origin.empty()) {
      out << "     " << origin << '\n';
    }
    if (!group.first->loss->text.empty())
      out << "     " << printable(group.first->loss->text) << '\n';
    if (!group.first->loss->fix.empty())
      out << "     fix: " << printable(group.first->loss->fix) << '\n';
  }
}

std::string state_of(const Process& process) {
  if (process.loss) return "LOST";
  if (is_kept_in_journal(process)) return "kept";
  if (is_saved(process)) return "saved";
  if (process.measured) return "measured";
  return process.restored.empty() ? "" : "restored";
}

/// A line is as long as its reader's terminal: the test is named if it is not the parent's.
void write_process(std::ostream& out, const Process& process, std::size_t depth,
                   const Process* parent) {
  out << std::setw(10) << duration(process.start_ns) << "  " << std::setw(10)
      << (process.end_ns ? duration(*process.end_ns - process.start_ns) : "...") << "  "
      << std::left << std::setw(8) << state_of(process) << "  " << std::setw(13)
      << end_text(process) << std::right << "  " << std::setw(7) << process.pid << "  "
      << std::string(2 * std::min(depth, kMostIndent), ' ') << name_of(process, kMostName);
  const std::string brought = brought_text(process);
  if (!brought.empty()) out << "  {" << brought << '}';
  const std::string outside = outside_text(process);
  if (!outside.empty()) out << "  {" << outside << '}';
  if (parent == nullptr || process.test != parent->test) {
    const std::string origin = origin_of(process, kMostName);
    if (!origin.empty()) out << "  [" << origin << ']';
  }
  out << '\n';
}

}  // namespace

void write_text(std::ostream& out, const Report& report) {
  write_head(out, report);
  write_losses(out, report);
  if (report.processes.empty()) {
    out << "\nNo process was seen.\n";
    return;
  }
  const Tree tree(report);
  std::size_t shard = report.shards.size();
  out << "\n     start        took  what      end                pid  command\n";
  for (const Tree::Node& node : tree.nodes()) {
    const Process& process = report.processes[node.index];
    if (process.shard != shard && process.shard < report.shards.size()) {
      shard = process.shard;
      out << "-- " << printable(report.shards[shard].name) << '\n';
    }
    write_process(out, process, node.depth, process.parent ? tree.find(*process.parent) : nullptr);
  }
}

}  // namespace covenv::report
