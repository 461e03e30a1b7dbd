// SPDX-License-Identifier: MIT
// What the events of a session add up to: each process, what was done for it, how it ended, and
// what was lost and why. Values in, values out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shim/core/ending.h"
#include "shim/core/executable.h"
#include "wrapper/session.h"

namespace covenv {

struct Loss {
  std::string reason;  ///< a word for machines: "killed-unsaved"
  std::string text;    ///< a sentence: what happened
  std::string mend;    ///< a sentence: what to do about it
};

struct Save {
  SaveReason why = SaveReason::kAsked;
  std::int64_t took = 0;  ///< nanoseconds
  bool ok = false;
};

struct Kill {
  int signal = 0;
  int by = 0;  ///< the pid of the killer
  EndingKind method = EndingKind::kPassThrough;
  std::int64_t took = 0;
  bool ended = false;  ///< within the grace
};

struct ProcessStory {
  int pid = 0;
  std::optional<std::size_t> parent;  ///< an index
  std::int64_t start = 0;             ///< nanoseconds since the session's start
  std::optional<std::int64_t> end;
  std::vector<std::string> argv;
  bool argv_cut = false;
  std::string program;
  std::optional<Image> image;
  std::vector<std::string> restored;  ///< names of variables that it had not been given
  bool preloaded = false;
  bool measured = false;
  std::optional<int> status;  ///< as wait() has it
  std::vector<Save> saves;
  std::optional<Kill> kill;
  std::optional<Loss> loss;
};

/// What the wrapper knows by itself, as it has no libcovenv.so.
struct Wrapper {
  int pid = 0;  ///< the parent of the first process, and no part of the story
  int command = 0;
  std::optional<int> status = std::nullopt;  ///< of the command, as wait() has it
  std::int64_t ended = 0;                    ///< nanoseconds since the session's start
};

/// The processes in the order of their starts. `events` in the order in which they were claimed.
std::vector<ProcessStory> tell_story(const std::vector<RecordedEvent>& events,
                                     const Wrapper& wrapper);

}  // namespace covenv
