// SPDX-License-Identifier: MIT
// The one decision of the seccomp family: before a process installs a filter that may kill it, the
// saver is disarmed and the journals get room, because our system calls could kill it later.
#pragma once

struct sock_fprog;

namespace covenv {

/// Calls `call(context)` once, which installs `filter`, and returns the result. Not in a handler.
int confine(const sock_fprog* filter, int (*call)(void* context), void* context);

/// The same for seccomp's strict mode.
int confine_strictly(int (*call)(void* context), void* context);

/// One of them for a lambda `int()`.
template <typename Call>
int confine(bool by_filter, const sock_fprog* filter, Call call) {
  const auto run = [](void* context) { return (*static_cast<Call*>(context))(); };
  return by_filter ? confine(filter, run, &call) : confine_strictly(run, &call);
}

}  // namespace covenv
