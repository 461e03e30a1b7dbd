// SPDX-License-Identifier: MIT
// A process that confines itself: after a seccomp filter that kills for some system calls, those of
// ours that it never made by itself might be among them.
#pragma once

struct sock_fprog;

namespace covenv {

/// Whether this process has done so. Then it kills, dies and executes as without us.
bool is_confined();

/// Calls `call(context)` once, which installs `filter`, and returns its result. Not in a handler.
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
