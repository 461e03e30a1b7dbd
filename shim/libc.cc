// SPDX-License-Identifier: MIT
#include "libc.h"

#include <dlfcn.h>
#include <linux/errno.h>

#include "raw_syscall.h"

// Weak, so that a process without libc (a dynamic Go PIE) can load us as well.
extern "C" {
[[gnu::weak]] void* dlsym(void* handle, const char* name) noexcept;
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
void find_next(Function*& slot, const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  // A tail call would make our caller dlsym's caller, and "next" would then be ourselves.
  __asm__ volatile("" ::: "memory");
  if (found != nullptr) slot = reinterpret_cast<Function*>(found);
}

enum class Lookup : unsigned char { kNone, kDone };

Libc next;
Lookup lookup = Lookup::kNone;

void look_up() {
  next.execveat = execveat_by_number;
  next.tgkill = tgkill_by_number;
  next.pidfd_send_signal = pidfd_send_signal_by_number;
  if (dlsym != nullptr) {
#define HOOK(type, name, parameters) find_next(next.name, #name);
#include "hooks.def"
#undef HOOK
  }
  lookup = Lookup::kDone;
}

}  // namespace

const Libc& libc() {
  if (__builtin_expect(static_cast<long>(lookup == Lookup::kNone), 0) != 0) look_up();
  return next;
}

int get_errno() { return __errno_location != nullptr ? *__errno_location() : 0; }

void set_errno(int value) {
  if (__errno_location != nullptr) *__errno_location() = value;
}

char*** environ_variable() { return &environ; }

}  // namespace covenv
