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
#include "shim/hooks.def"
#undef HOOK

namespace covenv {

enum class Hook : unsigned char {
#define HOOK(type, name, parameters) k_##name,
#include "shim/hooks.def"
#undef HOOK
  kCount,
};

/// What stands behind our hook: another preloaded library's function of that name, or libc's; where
/// there is none, one that makes the system call, or nullptr.
using AnyFunction = void (*)();
AnyFunction next_function(Hook hook);

/// Looked up when it is first called: most programs end without having called any. In a vfork child
/// and in a signal handler as well, since that only reads what the loader has loaded.
template <typename Function, Hook kHook>
struct Next {
  // NOLINTNEXTLINE(google-explicit-constructor): it is called, and compared, as the function is
  operator Function*() const { return reinterpret_cast<Function*>(next_function(kHook)); }
};

struct Libc {
#define HOOK(type, name, parameters) \
  [[no_unique_address]] Next<type parameters, Hook::k_##name> name;
#include "shim/hooks.def"
#undef HOOK
};

constexpr Libc libc() { return {}; }

/// Notes which libraries stand behind us: what is loaded later is behind nobody, and may go again
/// while we look. Once, by the constructor or by the first hook that runs before it.
void note_next_libraries();

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
