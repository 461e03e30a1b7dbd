// SPDX-License-Identifier: MIT
// The hooks, and the next functions: those of libc, or of a preloaded library between us and libc.
#pragma once

#include <spawn.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <wordexp.h>

#include <csignal>
#include <cstdio>

using sighandler_type = void (*)(int);

// The hooks. Only their symbols are libc's. Their C++ names are our own, because the exception
// specifications and attributes in libc's headers differ from libc to libc.
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

/// The function behind our hook: another preloaded library's, or libc's. If neither has it, one
/// that makes the system call, or nullptr.
using AnyFunction = void (*)();
AnyFunction next_function(Hook hook);

/// A next function, looked up when it is first called, because most programs call few. Works in a
/// vfork child and in a signal handler, because the look-up only reads the loaded objects.
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

/// Notes the libraries that are loaded behind us at the start. Later ones are not searched, because
/// they may be unloaded meanwhile; but for JVM_Halt, whose library never is. Called once, by the
/// constructor or by an earlier hook.
void note_next_libraries();

/// errno's value. In a process without libc reads give 0, and writes do nothing.
int get_errno();
void set_errno(int value);

/// Restores errno at the end of a scope.
class ErrnoGuard {
 public:
  ErrnoGuard() : saved_(get_errno()) {}
  ~ErrnoGuard() { set_errno(saved_); }
  ErrnoGuard(const ErrnoGuard&) = delete;
  ErrnoGuard& operator=(const ErrnoGuard&) = delete;

 private:
  int saved_;
};

/// The process's `environ` variable; nullptr if there is no libc.
char*** environ_variable();

}  // namespace covenv
