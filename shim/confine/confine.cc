// SPDX-License-Identifier: MIT
#include "own_filter.h"

#include <atomic>
#include <cstddef>

#include "core/seccomp_filter.h"
#include "early.h"
#include "journal.h"
#include "libc.h"
#include "ownership.h"
#include "runtime.h"
#include "saver.h"
#include "stack.h"

namespace covenv {
namespace {

COVENV_EARLY constinit std::atomic<bool> confined{false};

bool all_readable(std::span<const sock_filter> filter) {
  constexpr std::size_t kStepsOfAPage = 4096 / sizeof(sock_filter);
  for (std::size_t i = 0; i < filter.size(); i += kStepsOfAPage) {
    if (!is_readable(&filter[i])) return false;
  }
  return !filter.empty() &&
         is_readable(reinterpret_cast<const char*>(&filter.back()) + sizeof(sock_filter) - 1);
}

bool will_confine(const sock_fprog* program) {
  if (!is_readable(program) || !is_readable(&program->filter)) return false;
  if (program->filter == nullptr) return false;
  const std::span<const sock_filter> filter(program->filter, program->len);
  return all_readable(filter) && may_kill(filter);
}

int call_confining(int (*call)(void* context), void* context) {
  const bool was_armed = is_saver_armed();
  if (was_armed) disarm_saver();
  reserve_journals();
  confined.store(true);
  const int result = call(context);
  if (result < 0) {
    const ErrnoGuard guard;
    confined.store(false);
    release_journals();
    if (was_armed) arm_saver();
  }
  return result;
}

/// A vfork child has its parent's memory, and a filter of its own.
bool is_for_us() {
  return !runtime().inert && !is_confined() && current_owner() != Owner::kAnotherProcess;
}

}  // namespace

bool is_confined() { return confined.load(std::memory_order_relaxed); }

int confine(const sock_fprog* filter, int (*call)(void* context), void* context) {
  return is_for_us() && will_confine(filter) ? call_confining(call, context) : call(context);
}

int confine_strictly(int (*call)(void* context), void* context) {
  return is_for_us() ? call_confining(call, context) : call(context);
}

}  // namespace covenv
