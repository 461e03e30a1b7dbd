// SPDX-License-Identifier: MIT
#include "libc.h"

#include <link.h>
#include <linux/errno.h>

#include "loaded_objects.h"
#include "raw_syscall.h"

// Weak, so that a process without libc (a dynamic Go PIE) can load us as well.
extern "C" {
[[gnu::weak]] int* __errno_location() noexcept;
[[gnu::weak]] extern char** environ;
}

namespace covenv {
namespace {

long with_errno(long result) {
  if (result >= 0 || result < -4095) return result;
  set_errno(static_cast<int>(-result));
  return -1;
}

int execveat_by_number(int dirfd, const char* path, char* const argv[], char* const envp[],
                       int flags) {
  return static_cast<int>(with_errno(raw_syscall(SYS_execveat, dirfd, to_register(path),
                                                 to_register(argv), to_register(envp), flags)));
}

int tgkill_by_number(pid_t process, pid_t thread, int signal) {
  return static_cast<int>(with_errno(raw_syscall(SYS_tgkill, process, thread, signal)));
}

int pidfd_send_signal_by_number(int pidfd, int signal, siginfo_t* info, unsigned flags) {
  return static_cast<int>(
      with_errno(raw_syscall(SYS_pidfd_send_signal, pidfd, signal, to_register(info), flags)));
}

constinit Libc next = {};
constinit bool is_looked_up = false;

template <typename Function>
void find_if_empty(Function*& slot, const SymbolTable& symbols, SymbolName name) {
  if (slot == nullptr) slot = reinterpret_cast<Function*>(symbols.find(name));
}

template <typename Function>
void use_if_empty(Function*& slot, Function* substitute) {
  if (slot == nullptr) slot = substitute;
}

// In the order in which the loader searches what stands behind us: dlsym(RTLD_NEXT, ...).
void look_up() {
  const link_map* object = own_object();
  while (object != nullptr && (object = object->l_next) != nullptr) {
    const SymbolTable symbols = symbols_of(*object);
#define HOOK(type, name, parameters)          \
  {                                           \
    constexpr SymbolName kName(#name);        \
    find_if_empty(next.name, symbols, kName); \
  }
#include "hooks.def"
#undef HOOK
  }
  use_if_empty(next.execveat, execveat_by_number);
  use_if_empty(next.tgkill, tgkill_by_number);
  use_if_empty(next.pidfd_send_signal, pidfd_send_signal_by_number);
  use_if_empty(next.__execvpe, next.execvpe);
  is_looked_up = true;
}

}  // namespace

const Libc& libc() {
  if (__builtin_expect(static_cast<long>(!is_looked_up), 0) != 0) look_up();
  return next;
}

int get_errno() { return __errno_location != nullptr ? *__errno_location() : 0; }

void set_errno(int value) {
  if (__errno_location != nullptr) *__errno_location() = value;
}

char*** environ_variable() { return &environ; }

}  // namespace covenv
