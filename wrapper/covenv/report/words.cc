// SPDX-License-Identifier: MIT
#include "wrapper/covenv/report/words.h"

#include <string.h>  // sigabbrev_np

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <map>
#include <utility>

#include "wrapper/common/base_name.h"
#include "wrapper/common/printable.h"
#include "wrapper/common/signal_names.h"

namespace covenv::report {
namespace {

constexpr const char* kEllipsis = "…";

bool is_plain(std::string_view word) {
  return !word.empty() && word.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789-_./=:,+@%^") == std::string_view::npos;
}

std::string in_quotes(std::string_view word) {
  if (is_plain(word)) return std::string(word);
  std::string text = "'";
  for (const char character : word) {
    if (character == '\'') {
      text += "'\\''";
    } else {
      text += character;
    }
  }
  return text + "'";
}

std::string gain_text(const Gain& gain) {
  return counted(gain.after - gain.before, "line", "lines") + " of " +
         counted(gain.files, "file", "files");
}

/// As coverage writes it without digits: 0 and 100 are exact.
std::string percent_text(double percent) {
  std::array<char, 8> text;
  const double told = percent <= 0 || percent >= 100 ? percent : std::clamp(percent, 1.0, 99.0);
  std::snprintf(text.data(), text.size(), "%.0f", told);
  return text.data();
}

/// "0 -> 94 %", or "0 -> 120 lines".
std::string gain_text(const FileGain& file) {
  if (!file.percents) {
    return std::to_string(file.before) + " -> " + counted(file.after, "line", "lines");
  }
  return percent_text(file.percents->before) + " -> " + percent_text(file.percents->after) + " %";
}

std::string gain_of_shards(const Report& report) {
  constexpr std::size_t kMostShards = 3;
  std::vector<const Shard*> shards;
  for (const Shard& shard : report.shards) {
    if (shard.gain) shards.push_back(&shard);
  }
  const auto lines = [](const Shard* shard) { return shard->gain->after - shard->gain->before; };
  std::stable_sort(shards.begin(), shards.end(),
                   [&](const Shard* a, const Shard* b) { return lines(a) > lines(b); });
  std::string text;
  for (std::size_t i = 0; i < shards.size() && i < kMostShards; ++i) {
    text += (text.empty() ? "in each shard by itself: " : ", ") + printable(shards[i]->name, 80) +
            " " + gain_text(*shards[i]->gain);
  }
  return shards.size() > kMostShards ? text + ", ..." : text;
}

}  // namespace

std::string command_line(const std::vector<std::string>& argv, std::size_t most) {
  std::string text;
  for (const std::string& word : argv) {
    if (!text.empty()) text += ' ';
    text += in_quotes(word);
    if (text.size() > most) break;
  }
  return printable(text, most);
}

std::string name_of(const Process& process, std::size_t most) {
  if (!process.worker.empty()) return printable(process.worker, most) + " (pytest-xdist)";
  std::string name = command_line(process.argv, most);
  if (process.argv_cut && !name.empty()) name += std::string(" ") + kEllipsis;
  if (name.empty() && process.program) name = printable(*process.program, most);
  if (!name.empty()) return name;
  // A process that has executed nothing runs its parent's program.
  return process.parent ? "(fork)" : "(unknown program)";
}

std::string origin_of(const Process& process, std::size_t most) {
  return process.test.empty() ? "" : "started by " + printable(process.test, most);
}

std::string origin_of(const LossGroup& group) {
  std::string text = origin_of(*group.first);
  const auto others = static_cast<std::int64_t>(group.tests.size()) - 1;
  if (!text.empty() && others > 0) text += " and " + counted(others, "other test", "other tests");
  return text;
}

std::string brought_text(const Process& process) {
  if (!process.brought) return "";
  const Brought& brought = *process.brought;
  if (brought.lines == 0) return "no line";
  std::string text =
      counted(brought.lines, "line", "lines") + " of " + counted(brought.files, "file", "files");
  if (brought.only > 0) text += ", " + std::to_string(brought.only) + " of no other process";
  return text;
}

std::string outside_text(const Process& process) {
  std::string text;
  for (const std::string& file : process.outside) {
    text +=
        (text.empty() ? "ran first, outside of source and include: " : ", ") + printable(file, 160);
  }
  return text;
}

std::string gain_text(const Report& report) {
  constexpr std::size_t kMostFiles = 3;
  if (!report.gain) return gain_of_shards(report);
  const Gain& gain = *report.gain;
  std::string text = gain_text(gain);
  const char* separator = ": ";
  for (std::size_t i = 0; i < gain.largest.size() && i < kMostFiles; ++i) {
    const FileGain& file = gain.largest[i];
    text += separator + printable(base_name(file.file), 80) + " " + gain_text(file);
    separator = ", ";
  }
  return gain.files > static_cast<std::int64_t>(kMostFiles) ? text + ", ..." : text;
}

std::string start_text(const Word<Start>& start) {
  const Start* const known = start.known();
  if (known == nullptr) return {};
  switch (*known) {
    case Start::kByItself:
      return {};
    case Start::kLight:
      return "by coverage's tracer alone";
    case Start::kWholeSettings:
      return "by whole coverage, because of its settings, tracer or version";
    case Start::kWholeUser:
      return "by whole coverage, because the configuration is not covenv's";
    case Start::kWholeChoice:
      return "by whole coverage, because COVENV_JOURNAL is 0";
    case Start::kWholeCoverage:
      return "by whole coverage, because covenv does not know this version of it";
    case Start::kWholeInterpreter:
      return "by whole coverage, because the interpreter is another one, or a journal has no room";
    case Start::kWholeProgram:
      return "by whole coverage, because the program imports it, or runs what it alone can judge";
  }
  return {};
}

std::string duration(std::int64_t nanoseconds) {
  std::array<char, 32> text;
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  if (nanoseconds == 0) return "0 s";
  if (nanoseconds < 999'500) {
    std::snprintf(text.data(), text.size(), "%.0f µs", seconds * 1e6);
  } else if (nanoseconds < 9'950'000) {
    std::snprintf(text.data(), text.size(), "%.1f ms", seconds * 1e3);
  } else if (nanoseconds < 999'500'000) {
    std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1e3);
  } else if (nanoseconds < 59'950'000'000) {
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else {
    const std::int64_t whole = (nanoseconds + 500'000'000) / 1'000'000'000;
    std::snprintf(text.data(), text.size(), "%lld min %lld s", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  }
  return text.data();
}

std::string end_text(const Process& process) {
  if (!process.end) return "still running";
  switch (process.end->how) {
    case End::How::kExit:
      return "exit " + std::to_string(process.end->number);
    case End::How::kSignal:
      return signal_name(process.end->number);
    case End::How::kUnknown:
      break;
  }
  return "end unknown";
}

std::string counted(std::int64_t number, const char* one, const char* several) {
  return std::to_string(number) + " " + (number == 1 ? one : several);
}

std::vector<LossGroup> group_losses(const Report& report) {
  std::map<std::pair<std::string, std::string>, std::size_t> index;
  std::vector<LossGroup> groups;
  for (const Process& process : report.processes) {
    if (!process.loss) continue;
    std::string program = process.program        ? *process.program
                          : process.argv.empty() ? std::string()
                                                 : process.argv.front();
    const auto [place, is_new] = index.try_emplace({process.loss->reason, program}, groups.size());
    if (is_new) {
      std::string reason = printable(process.loss->reason);
      std::replace(reason.begin(), reason.end(), '-', ' ');
      groups.push_back({std::move(reason), &process, 0});
    }
    LossGroup& group = groups[place->second];
    ++group.count;
    if (!process.test.empty()) group.tests.insert(process.test);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const LossGroup& a, const LossGroup& b) { return a.count > b.count; });
  return groups;
}

std::vector<const Process*> slowest(const Report& report, std::size_t most) {
  std::vector<const Process*> ended;
  for (const Process& process : report.processes) {
    if (process.parent && process.end_ns) ended.push_back(&process);
  }
  const auto took = [](const Process* process) { return *process->end_ns - process->start_ns; };
  std::stable_sort(ended.begin(), ended.end(),
                   [&](const Process* a, const Process* b) { return took(a) > took(b); });
  if (ended.size() > most) ended.resize(most);
  return ended;
}

std::string slowest_text(const Process& process) {
  constexpr std::size_t kMost = 160;
  const std::string origin = origin_of(process, kMost);
  return duration(*process.end_ns - process.start_ns) + ": " + name_of(process, kMost) + ", " +
         end_text(process) + (origin.empty() ? "" : ", " + origin);
}

SaveTimes kill_to_saved(const Report& report) {
  std::vector<std::int64_t> times;
  for (const Process& process : report.processes) {
    if (process.kill && !(process.kill->method == KillMethod::kPass) && is_saved(process))
      times.push_back(process.kill->took_ns);
  }
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  return {static_cast<std::int64_t>(times.size()), times[times.size() / 2], times.back()};
}

}  // namespace covenv::report
