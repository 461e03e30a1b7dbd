// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace covenv {

/// A table of processes, each with its start time. Lock-free; a forked child has a copy, unless the
/// table is in shared memory. A full table ignores further processes.
class PidTable {
 public:
  static constexpr std::size_t kCapacity = 1024;

  void add(pid_t pid, std::uint64_t start_time);
  bool contains(pid_t pid) const;

  /// Removes the pid, and returns whether it was there. Of two concurrent calls one returns true.
  bool take(pid_t pid);

  /// Removes the processes for which is_stale(pid, start_time) is true.
  template <typename IsStale>
  void sweep(IsStale is_stale) {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    for (Entry& entry : entries_) {
      const pid_t pid = entry.pid.load(std::memory_order_acquire);
      if (pid > 0 && is_stale(pid, entry.start_time)) take(pid);
    }
  }

 private:
  static constexpr pid_t kFree = 0;
  static constexpr pid_t kClaimed = -1;

  struct Entry {
    std::atomic<pid_t> pid;
    std::uint64_t start_time;
  };

  std::atomic<std::uint32_t> count_{0};  // so that a wait() costs nothing while the table is empty
  Entry entries_[kCapacity] = {};
};

}  // namespace covenv
