// SPDX-License-Identifier: MIT
#include "names.h"

#include <sys/syscall.h>

#include <cstring>
#include <map>

namespace fault {
namespace {

const std::map<long, const char*>& calls() {
  static const std::map<long, const char*> kCalls = {
// clang-format off
#define CALL(name) {SYS_##name, #name},
      CALL(clock_gettime)
      CALL(clone)
      CALL(clone3)
      CALL(close)
      CALL(execve)
      CALL(execveat)
      CALL(exit)
      CALL(faccessat)
      CALL(dup3)
      CALL(fallocate)
      CALL(fchmod)
      CALL(fchown)
      CALL(fcntl)
      CALL(fstat)
      CALL(fstatfs)
      CALL(ftruncate)
      CALL(futex)
      CALL(getcwd)
      CALL(getdents64)
      CALL(geteuid)
      CALL(getpgid)
      CALL(getpid)
      CALL(getppid)
      CALL(getrandom)
      CALL(gettid)
      CALL(getuid)
      CALL(ioctl)
      CALL(kcmp)
      CALL(kill)
      CALL(linkat)
      CALL(madvise)
      CALL(mkdirat)
      CALL(mmap)
      CALL(mprotect)
      CALL(munmap)
      CALL(nanosleep)
      CALL(newfstatat)
      CALL(openat)
      CALL(pidfd_open)
      CALL(pidfd_send_signal)
      CALL(ppoll)
      CALL(prctl)
      CALL(pread64)
      CALL(prlimit64)
      CALL(process_vm_readv)
      CALL(pwrite64)
      CALL(read)
      CALL(readlinkat)
      CALL(renameat2)
      CALL(rt_sigaction)
      CALL(rt_sigprocmask)
      CALL(rt_sigqueueinfo)
      CALL(sched_yield)
      CALL(tgkill)
      CALL(timer_create)
      CALL(timer_settime)
      CALL(tkill)
      CALL(unlinkat)
      CALL(vfork)
      CALL(wait4)
      CALL(waitid)
      CALL(write)
#undef CALL
      // clang-format on
  };
  return kCalls;
}

}  // namespace

std::vector<long> traced_calls() {
  std::vector<long> numbers;
  for (const auto& [number, name] : calls()) numbers.push_back(number);
  return numbers;
}

std::string name_of_call(long number) {
  const auto found = calls().find(number);
  return found != calls().end() ? found->second : "";
}

int error_number(const std::string& name) {
  constexpr int kLargest = 133;
  for (int number = 1; number <= kLargest; ++number) {
    const char* const known = strerrorname_np(number);
    if (known != nullptr && name == known) return number;
  }
  return 0;
}

}  // namespace fault
