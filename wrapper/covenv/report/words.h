// SPDX-License-Identifier: MIT
// Names and numbers as text, for all forms of a report that people read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

// The words of a report, in the order of the enumerators.
inline std::array<const char*, 5> words(SaveWhy) {
  return {"kill", "exit", "exec", "journal", "counters"};
}
inline std::array<const char*, 3> words(KillMethod) { return {"save", "terminate", "pass"}; }
inline std::array<const char*, 2> words(KillOutcome) { return {"ended", "timed-out"}; }
inline std::array<const char*, 5> words(Image) {
  return {"unknown", "dynamic", "static", "script", "other-architecture"};
}
inline std::array<const char*, 8> words(Start) {
  return {"",
          "light",
          "whole-settings",
          "whole-user",
          "whole-choice",
          "whole-coverage",
          "whole-interpreter",
          "whole-program"};
}
inline std::array<const char*, 5> words(Note) {
  return {"", "opted-out", "reporting", "stopped", "no-source"};
}

template <typename E>
std::string text_of(const Word<E>& word) {
  return word.known() == nullptr ? word.later()
                                 : words(E{})[static_cast<std::size_t>(*word.known())];
}

/// The word whose text_of() is `text`.
template <typename E>
Word<E> word_of(const std::string& text) {
  const auto known = words(E{});
  const auto found = std::find(known.begin(), known.end(), text);
  return found == known.end() ? Word<E>(text) : static_cast<E>(found - known.begin());
}

/// The words of a command, separated by blanks, quoted as for a shell if they need it.
std::string command_line(const std::vector<std::string>& argv, std::size_t most = 4096);

/// The command line of the process, else its program, else what little is known; of a worker of
/// pytest-xdist its name.
std::string name_of(const Process& process, std::size_t most = 4096);

/// "started by" and the test; empty if no test is known.
std::string origin_of(const Process& process, std::size_t most = 240);

/// "47 lines of 2 files, 12 of no other process"; empty if nothing was counted.
std::string brought_text(const Process& process);

/// "ran first, outside of source and include: copy/server.py, ..."; empty if no file is known.
std::string outside_text(const Process& process);

/// What covenv has gained in the run: "130 lines of 2 files: server.py 0 -> 94 %, ...", in lines if
/// the percents are not known; or in each shard; empty for none.
std::string gain_text(const Report& report);

std::string duration(std::int64_t nanoseconds);
std::string end_text(const Process& process);

/// What measured such processes, and why whole coverage did; empty for processes that no parent has
/// configured, and for a word of a later version.
std::string start_text(const Word<Start>& start);

/// "1 process", "2 processes".
std::string counted(std::int64_t number, const char* one, const char* several);

/// Losses of the same reason in the same program, the most frequent first.
struct LossGroup {
  std::string reason;    ///< in words
  const Process* first;  ///< the report's
  std::int64_t count = 0;
  std::set<std::string> tests = {};  ///< that started them
};
std::vector<LossGroup> group_losses(const Report& report);

/// The origin_of() the first, and how many other tests there are.
std::string origin_of(const LossGroup& group);

/// The processes that took longest from start to end, the longest first: those of `report` that
/// another one has started.
std::vector<const Process*> slowest(const Report& report, std::size_t most);

/// "2.1 s: python server.py, SIGKILL, started by test_shop.py::test_cart (call)".
std::string slowest_text(const Process& process);

/// How long the saves of a kill took.
struct SaveTimes {
  std::int64_t count = 0;
  std::int64_t median_ns = 0;
  std::int64_t longest_ns = 0;
};
SaveTimes kill_to_saved(const Report& report);

}  // namespace covenv::report
