// SPDX-License-Identifier: MIT
#include "shim/loader/libc.h"

#include <link.h>
#include <linux/errno.h>

#include <cstddef>
#include <string_view>

#include "shim/loader/loaded_objects.h"
#include "shim/proc/early.h"
#include "shim/proc/raw_syscall.h"

// Weak, so that a process without libc (a dynamic Go PIE) can load us, too.
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

template <typename Function>
AnyFunction as_any(Function* function) {
  return reinterpret_cast<AnyFunction>(function);
}

COVENV_EARLY constinit AnyFunction known[static_cast<std::size_t>(Hook::kCount)] = {};
// The first and last object of the search, which takes the loader's order as dlsym(RTLD_NEXT) does.
COVENV_EARLY constinit const link_map* first = nullptr;
COVENV_EARLY constinit const link_map* last = nullptr;

const char* name_of(Hook hook) {
  static constexpr const char kNames[] =
#define HOOK(type, name, parameters) #name "\0"
#include "shim/hooks.def"
#undef HOOK
      ;
  const char* name = kNames;
  for (auto i = static_cast<unsigned>(hook); i != 0; --i) name += std::string_view(name).size() + 1;
  return name;
}

AnyFunction substitute(Hook hook) {
  switch (hook) {
    case Hook::k_execveat:
      return as_any(execveat_by_number);
    case Hook::k_tgkill:
      return as_any(tgkill_by_number);
    case Hook::k_pidfd_send_signal:
      return as_any(pidfd_send_signal_by_number);
    case Hook::k___execvpe:
      return next_function(Hook::k_execvpe);
    default:
      return nullptr;
  }
}

[[gnu::noinline]] AnyFunction look_up(Hook hook) {
  if (first == nullptr) note_next_libraries();  // called by a constructor that runs before ours
  const SymbolName name(name_of(hook));
  for (const link_map* object = first; object != nullptr; object = object->l_next) {
    if (void* const found = symbols_of(*object).find(name); found != nullptr) {
      return reinterpret_cast<AnyFunction>(found);
    }
    if (object == last && hook != Hook::k_JVM_Halt) break;
  }
  return substitute(hook);
}

}  // namespace

AnyFunction next_function(Hook hook) {
  AnyFunction& slot = known[static_cast<std::size_t>(hook)];
  AnyFunction function = __atomic_load_n(&slot, __ATOMIC_RELAXED);
  if (__builtin_expect(static_cast<long>(function == nullptr), 0) != 0) {
    function = look_up(hook);
    __atomic_store_n(&slot, function, __ATOMIC_RELAXED);
  }
  return function;
}

void note_next_libraries() {
  const link_map* object = own_object();
  if (object == nullptr) return;
  first = object->l_next;
  for (object = first; object != nullptr; object = object->l_next) last = object;
}

int get_errno() { return __errno_location != nullptr ? *__errno_location() : 0; }

void set_errno(int value) {
  if (__errno_location != nullptr) *__errno_location() = value;
}

char*** environ_variable() { return &environ; }

}  // namespace covenv
