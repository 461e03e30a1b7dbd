// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace covenv {

/// A few processes, each with its start time. Lock-free; static storage; a forked child has a copy.
/// A full table takes no more: what it would have done for them is then not done.
class PidTable {
 public:
  static constexpr std::size_t kCapacity = 1024;

  void add(pid_t pid, std::uint64_t start_time);
  bool contains(pid_t pid) const;

  /// Removes the pid; whether it was there. Of two that ask at the same time one gets true.
  bool take(pid_t pid);

  /// Removes those for which is_stale(pid, start_time).
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

  std::atomic<std::uint32_t> count_{0};  // lets a wait() that has nothing to look for pass at once
  Entry entries_[kCapacity] = {};
};

}  // namespace covenv
