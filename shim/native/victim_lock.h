// SPDX-License-Identifier: MIT
// Keeps processes that kill the same one apart: gcov's counters and those of pools are added to a
// file, so they must be read once.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace covenv {

/// The processes that this thread is about to kill. To be held until the signal is sent: the next
/// process that gets the lock sees then that this one dies.
class VictimLocks {
 public:
  VictimLocks() = default;
  ~VictimLocks();
  VictimLocks(const VictimLocks&) = delete;
  VictimLocks& operator=(const VictimLocks&) = delete;

  /// Waits until no other process and no other thread holds this one, at most `patience_ns`.
  /// Returns whether another one has held it. Without a lock (another user's process, a wait in
  /// vain, more than kMost) the caller goes on, because counts that are too high are better than
  /// none.
  bool add(pid_t pid, std::int64_t patience_ns);

 private:
  /// Of the members of a group those beyond are not kept apart.
  static constexpr std::size_t kMost = 32;

  int files_[kMost];
  std::size_t count_ = 0;
};

}  // namespace covenv
