// SPDX-License-Identifier: MIT
#include "shim/proc/pid_table.h"

namespace covenv {

void PidTable::add(pid_t pid, std::uint64_t start_time) {
  for (Entry& entry : entries_) {
    pid_t expected = kFree;
    if (!entry.pid.compare_exchange_strong(expected, kClaimed, std::memory_order_acquire)) continue;
    entry.start_time = start_time;
    count_.fetch_add(1, std::memory_order_relaxed);
    entry.pid.store(pid, std::memory_order_release);
    return;
  }
}

bool PidTable::contains(pid_t pid) const {
  if (pid <= 0 || count_.load(std::memory_order_relaxed) == 0) return false;
  for (const Entry& entry : entries_) {
    if (entry.pid.load(std::memory_order_relaxed) == pid) return true;
  }
  return false;
}

bool PidTable::take(pid_t pid) {
  if (pid <= 0 || count_.load(std::memory_order_relaxed) == 0) return false;
  for (Entry& entry : entries_) {
    pid_t expected = pid;
    if (!entry.pid.compare_exchange_strong(expected, kFree, std::memory_order_acq_rel)) continue;
    count_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

}  // namespace covenv
