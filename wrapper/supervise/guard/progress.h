// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "shim/core/duration.h"
#include "wrapper/supervise/request/ladder.h"

namespace covenv::supervise {

/// What the wrapper has done so far, for the guard to go on from.
struct Progress {
  explicit Progress(const Ladder& ladder) : escalation(ladder) {}

  Escalation escalation;
  bool rest_asked = false;  ///< those outside the command's group were sent the first signal
  /// When the command gets the first signal from the guard, if the kernel may not have sent it.
  std::int64_t doubt_ends = kForever;
};

}  // namespace covenv::supervise
