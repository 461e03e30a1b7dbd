// SPDX-License-Identifier: MIT
#include "libc.h"

#include <dlfcn.h>
#include <linux/errno.h>

#include "raw_syscall.h"

// Weak, so that a process without libc (a dynamic Go PIE) can load us as well.
extern "C" {
[[gnu::weak]] void* dlsym(void* handle, const char* name) noexcept;
[[gnu::weak]] char* dlerror() noexcept;
[[gnu::weak]] const char* gnu_get_libc_version() noexcept;
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

// Before glibc 2.34 it is in libpthread, which a program may not have loaded.
int no_pthread_kill(pthread_t, int) { return ENOSYS; }

constinit Libc next = {};
constinit bool is_looked_up = false;

int execvpe_by_its_other_name(const char* file, char* const argv[], char* const envp[]) {
  return next.execvpe(file, argv, envp);
}

template <typename Function>
void find_next(Function*& slot, const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  // A tail call would make our caller dlsym's caller, and "next" would then be ourselves.
  __asm__ volatile("" ::: "memory");
  if (found != nullptr) slot = reinterpret_cast<Function*>(found);
}

template <typename Function>
void find_next_if_empty(Function*& slot, const char* name) {
  if (slot == nullptr) find_next(slot, name);
}

// For a name that is not there dlsym() allocates an error message. jemalloc makes its first system
// calls with its lock held: what this libc may lack must not be asked for then (measured: a
// redis-server that never started).
void look_up() {
  next.execveat = execveat_by_number;
  next.tgkill = tgkill_by_number;
  next.pidfd_send_signal = pidfd_send_signal_by_number;
  next.pthread_kill = no_pthread_kill;
  next.__execvpe = execvpe_by_its_other_name;
  if (dlsym != nullptr) {
#define HOOK(type, name, parameters) find_next_if_empty(next.name, #name);
#include "hooks.def"
#undef HOOK
  }
  is_looked_up = true;
}

}  // namespace

const Libc& libc() {
  if (__builtin_expect(static_cast<long>(!is_looked_up), 0) != 0) look_up();
  return next;
}

void look_up_what_libc_may_lack() {
  libc();
  if (dlsym == nullptr) return;
  find_next(next.execveat, "execveat");
  find_next(next.tgkill, "tgkill");
  find_next(next.pidfd_send_signal, "pidfd_send_signal");
  find_next(next.pthread_kill, "pthread_kill");
  if (gnu_get_libc_version == nullptr) find_next(next.__execvpe, "__execvpe");
  if (dlerror != nullptr) dlerror();
}

int get_errno() { return __errno_location != nullptr ? *__errno_location() : 0; }

void set_errno(int value) {
  if (__errno_location != nullptr) *__errno_location() = value;
}

char*** environ_variable() { return &environ; }

}  // namespace covenv
