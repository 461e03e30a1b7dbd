// SPDX-License-Identifier: MIT
// libc as the next library in the search order provides it, and the hooks that stand before it.
#pragma once

#include <spawn.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <wordexp.h>

#include <csignal>
#include <cstdio>

using sighandler_type = void (*)(int);

// The hooks. They have names of their own, as libc's headers declare theirs with exception
// specifications and attributes that differ from libc to libc; only the symbol is libc's.
#define HOOK(type, name, parameters) \
  extern "C" [[gnu::visibility("default")]] type covenv_##name parameters __asm__(#name);
#include "hooks.def"
#undef HOOK

namespace covenv {

/// The next definition of each hooked function: another preloaded library's, or libc's.
struct Libc {
#define HOOK(type, name, parameters) type(*name) parameters;
#include "hooks.def"
#undef HOOK
};

/// Looked up all at once, by the constructor or by the first hook that runs before it. What this
/// libc lacks is made of system calls, or else is nullptr.
const Libc& libc();

/// errno's value. In a process without libc there is none: reads give 0, writes go nowhere.
int get_errno();
void set_errno(int value);

/// Keeps errno as it was over a scope.
class ErrnoGuard {
 public:
  ErrnoGuard() : saved_(get_errno()) {}
  ~ErrnoGuard() { set_errno(saved_); }
  ErrnoGuard(const ErrnoGuard&) = delete;
  ErrnoGuard& operator=(const ErrnoGuard&) = delete;

 private:
  int saved_;
};

/// The process's `environ` variable; nullptr where there is no libc.
char*** environ_variable();

}  // namespace covenv
