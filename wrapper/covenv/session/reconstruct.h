// SPDX-License-Identifier: MIT
// The processes of a session, reconstructed from its events: what was done for each, how it ended,
// and what was lost and why. Values in, values out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

#include "wrapper/common/session.h"
#include "wrapper/covenv/report/model.h"

namespace covenv {

/// What the wrapper knows: it has no libcovenv.so that would record it.
struct Wrapper {
  int pid = 0;  ///< the parent of the first process, and no process of the session
  int command = 0;
  std::optional<int> status = std::nullopt;  ///< of the command, as wait() has it
  std::int64_t ended = 0;                    ///< nanoseconds since the session's start
  bool asks = true;                          ///< COVENV_KILL is not off
  std::optional<std::unordered_set<std::int64_t>> running = std::nullopt;  ///< pids, at the end
};

/// The end of a process, by the status that its parent got from wait().
report::End end_of(int status);

/// What the combines of a session have by covenv alone; nullopt if that is nothing.
std::optional<report::Gain> gain_of_session(const std::vector<RecordedEvent>& events);

/// The processes in the order of their starts, with ids from 1. `events`: in the order in which
/// they were claimed.
std::deque<report::Process> processes_of_session(const std::vector<RecordedEvent>& events,
                                                 const Wrapper& wrapper);

}  // namespace covenv
