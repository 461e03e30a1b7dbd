// SPDX-License-Identifier: MIT
#include "shim/confine/confine.h"

#include <cstddef>

#include "shim/core/seccomp_filter.h"
#include "shim/journal/journal.h"
#include "shim/loader/libc.h"
#include "shim/loader/stack.h"
#include "shim/saver/saver.h"
#include "shim/state/confined.h"
#include "shim/state/ownership.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

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
  const RuntimeKind armed = armed_runtime();
  if (armed != RuntimeKind::kNone) disarm_saver();
  reserve_journals();
  set_confined(true);
  const int result = call(context);
  if (result < 0) {
    const ErrnoGuard guard;
    set_confined(false);
    release_journals();
    if (armed != RuntimeKind::kNone) arm_saver(armed);
  }
  return result;
}

/// False in a vfork child, which shares its parent's memory, but not its parent's filter.
bool is_for_us() {
  return !runtime().inert && !is_confined() && current_owner() != Owner::kAnotherProcess;
}

}  // namespace

int confine(const sock_fprog* filter, int (*call)(void* context), void* context) {
  return is_for_us() && will_confine(filter) ? call_confining(call, context) : call(context);
}

int confine_strictly(int (*call)(void* context), void* context) {
  return is_for_us() ? call_confining(call, context) : call(context);
}

}  // namespace covenv
