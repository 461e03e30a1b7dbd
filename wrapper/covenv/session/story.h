// SPDX-License-Identifier: MIT
// What the events of a session add up to: each process, what was done for it, how it ended, and
// what was lost and why. Values in, values out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

#include "wrapper/common/session.h"
#include "wrapper/covenv/report/model.h"

namespace covenv {

/// What the wrapper knows by itself, as it has no libcovenv.so.
struct Wrapper {
  int pid = 0;  ///< the parent of the first process, and no part of the story
  int command = 0;
  std::optional<int> status = std::nullopt;  ///< of the command, as wait() has it
  std::int64_t ended = 0;                    ///< nanoseconds since the session's start
  bool asks = true;                          ///< COVENV_KILL is not off
  std::optional<std::unordered_set<std::int64_t>> running = std::nullopt;  ///< pids, at the end
};

/// How a process ended whose parent got this from wait().
report::End end_of(int status);

/// The processes in the order of their starts; ids are counted from 1. `events` in the order in
/// which they were claimed.
std::deque<report::Process> tell_story(const std::vector<RecordedEvent>& events,
                                       const Wrapper& wrapper);

}  // namespace covenv
