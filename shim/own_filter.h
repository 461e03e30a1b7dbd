// SPDX-License-Identifier: MIT
// A process that confines itself: after a seccomp filter that kills for some system calls, those of
// ours that it never made by itself might be among them.
#pragma once

struct sock_fprog;

namespace covenv {

/// Whether this process has done so. Then it kills and dies as without us.
bool is_confined();

/// Calls `call(context)` once, which installs `filter`; nullptr stands for seccomp's strict mode.
/// Returns its result. Not in a handler.
int confine(const sock_fprog* filter, int (*call)(void* context), void* context);

/// The same for a lambda `int()`.
template <typename Call>
int confine(const sock_fprog* filter, Call call) {
  return confine(
      filter, [](void* context) { return (*static_cast<Call*>(context))(); }, &call);
}

}  // namespace covenv
