// SPDX-License-Identifier: MIT
// A library whose hook on execve() has every defect that a fault can bring out: it leaves an errno
// of its own, keeps a descriptor, changes the mask, and never gives up.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/errno.h>

#include <cerrno>
#include <csignal>

#include "shim/proc/raw_syscall.h"

using covenv::raw_syscall;
using covenv::to_register;

extern "C" int execve(const char* path, char* const* argv, char* const* envp) noexcept {
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, to_register(path), O_RDONLY);
  if (fd == -EMFILE) {
    errno = EMFILE;
    return -1;
  }
  char byte = 0;
  if (raw_syscall(SYS_pread64, fd, to_register(&byte), 1, 0) >= 0) raw_syscall(SYS_close, fd);
  const unsigned long all = ~0UL;
  unsigned long before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, to_register(&all), to_register(&before), sizeof(all));
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, to_register(&before), 0, sizeof(all));
  struct timespec time = {};
  while (raw_syscall(SYS_clock_gettime, 1, to_register(&time)) != 0) {
  }
  const auto next = reinterpret_cast<int (*)(const char*, char* const*, char* const*)>(
      dlsym(RTLD_NEXT, "execve"));
  return next(path, argv, envp);
}
