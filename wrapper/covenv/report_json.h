// SPDX-License-Identifier: MIT
// A session's report as JSON, version 1 (report.schema.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "story.h"

namespace covenv {

struct SessionFacts {
  std::string host;
  std::string started;    ///< UTC, 2026-11-25T22:38:09.123Z
  std::int64_t wall = 0;  ///< nanoseconds
  std::vector<std::string> command;
  std::optional<int> status;  ///< as wait() has it
  std::uint64_t dropped = 0;
};

/// Bytes that are no UTF-8 become U+FFFD.
std::string to_json(const SessionFacts& facts, const std::vector<ProcessStory>& processes);

}  // namespace covenv
