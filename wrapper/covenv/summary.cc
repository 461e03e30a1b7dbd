// SPDX-License-Identifier: MIT
#include "summary.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

namespace covenv {
namespace {

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string command_of(const ProcessStory& process) {
  std::string text;
  for (const std::string& word : process.argv) text += (text.empty() ? "" : " ") + word;
  if (text.empty()) text = process.program.empty() ? "an unknown program" : process.program;
  constexpr std::size_t kLongest = 60;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  // A line on a terminal: nothing in it may move the cursor.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; },
      ' ');
  return text;
}

bool has_saved(const ProcessStory& process) {
  return std::any_of(process.saves.begin(), process.saves.end(),
                     [](const Save& save) { return save.ok; });
}

std::string longest_save(const std::vector<ProcessStory>& processes) {
  std::int64_t longest = 0;
  for (const ProcessStory& process : processes) {
    for (const Save& save : process.saves) {
      if (save.ok) longest = std::max(longest, save.took);
    }
  }
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f ms", static_cast<double>(longest) / 1e6);
  return static_cast<const char*>(text);
}

}  // namespace

Totals totals_of(const std::vector<ProcessStory>& processes) {
  Totals totals;
  totals.processes = processes.size();
  for (const ProcessStory& process : processes) {
    totals.measured += process.measured ? 1U : 0U;
    totals.restored += process.restored.empty() ? 0U : 1U;
    totals.saved += has_saved(process) ? 1U : 0U;
    totals.lost += process.loss ? 1U : 0U;
  }
  return totals;
}

std::vector<std::string> summarise(const std::vector<ProcessStory>& processes,
                                   std::uint64_t dropped, std::size_t most_losses) {
  const Totals totals = totals_of(processes);
  std::string line = counted(totals.processes, "process", "processes") + ", " +
                     std::to_string(totals.measured) + " measured";
  if (totals.restored != 0) {
    line += ", " + std::to_string(totals.restored) + " given variables that they lacked";
  }
  if (totals.saved != 0) {
    line += ", " + std::to_string(totals.saved) + " saved at the last moment (at most " +
            longest_save(processes) + ")";
  }
  line += totals.lost == 0 ? ", nothing lost" : "; LOST: " + std::to_string(totals.lost);
  std::vector<std::string> lines = {line};

  std::map<std::tuple<std::string, std::string>, std::vector<const ProcessStory*>> kinds;
  for (const ProcessStory& process : processes) {
    if (process.loss) kinds[{process.loss->reason, command_of(process)}].push_back(&process);
  }
  std::size_t told = 0;
  for (const auto& [kind, members] : kinds) {
    if (told++ == most_losses) {
      lines.push_back("  and " + counted(kinds.size() - most_losses, "other", "others") +
                      ": see --report");
      break;
    }
    const Loss& loss = *members.front()->loss;
    const std::string who = members.size() == 1 ? "process " + std::to_string(members.front()->pid)
                                                : std::to_string(members.size()) + " times";
    lines.push_back("  lost: " + std::get<1>(kind) + " (" + who + "): " + loss.text);
    lines.push_back("        " + loss.mend);
  }
  if (dropped != 0) {
    lines.push_back("  " + counted(dropped, "event", "events") +
                    " had no room, so this is not all: give --session-size more");
  }
  return lines;
}

}  // namespace covenv
