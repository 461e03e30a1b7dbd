// SPDX-License-Identifier: MIT
// System calls that programs make by number (CPython's signal.pidfd_send_signal, Rust's
// Child::kill) lead to the same decisions as the functions of libc.
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "shim/confine/confine.h"
#include "shim/environment/start_program.h"
#include "shim/kill/end_process.h"
#include "shim/loader/libc.h"

using namespace covenv;  // NOLINT(google-build-using-namespace): the hook is one with the families

namespace {

int as_int(long value) { return static_cast<int>(value); }
const char* as_path(long value) { return reinterpret_cast<const char*>(value); }
const sock_fprog* as_filter(long value) { return reinterpret_cast<const sock_fprog*>(value); }
bool is_filter_operation(long value) {
  return as_int(value) == SECCOMP_SET_MODE_FILTER || as_int(value) == SECCOMP_SET_MODE_STRICT;
}
const siginfo_t* as_info(long value) { return reinterpret_cast<const siginfo_t*>(value); }
char* const* as_environment(long value) { return reinterpret_cast<char* const*>(value); }
long as_long(char* const* environment) { return reinterpret_cast<long>(environment); }

[[gnu::noinline]] long of_a_family(long number, long a, long b, long c, long d, long e, long f) {
  const auto send = [&] { return as_int(libc().syscall(number, a, b, c, d, e, f)); };
  switch (number) {
    case SYS_execve:
      return start_program(
          {AT_FDCWD, as_path(a), false, true}, as_environment(c), [&](char* const* environment) {
            return as_int(libc().syscall(number, a, b, as_long(environment), d, e, f));
          });
    case SYS_execveat:
      return start_program(
          {as_int(a), as_path(b), false, true}, as_environment(d), [&](char* const* environment) {
            return as_int(libc().syscall(number, a, b, c, as_long(environment), e, f));
          });
    case SYS_kill:
      return end_process(goal_of_kill(as_int(a)), as_int(b), send);
    case SYS_rt_sigqueueinfo:
      return can_be_queued(as_info(c)) ? end_process({Aim::kProcess, as_int(a)}, as_int(b), send)
                                       : send();
    case SYS_tkill:
      return end_process({Aim::kThread, as_int(a)}, as_int(b), send);
    case SYS_tgkill:
      return end_process(goal_of_tgkill(as_int(a), as_int(b)), as_int(c), send);
    case SYS_seccomp:
      return confine(as_int(a) == SECCOMP_SET_MODE_FILTER, as_filter(c), send);
    case SYS_prctl:
      return confine(as_int(b) == SECCOMP_MODE_FILTER, as_filter(c), send);
    default:
      return can_be_sent_by_pidfd(as_int(b), as_info(c), static_cast<unsigned>(d))
                 ? end_process({Aim::kPidfd, as_int(a)}, as_int(b), send)
                 : send();
  }
}

}  // namespace

// Takes six arguments, as libc's own does, even if the caller passed fewer. A call of no family has
// to be a jump, because a clone() by number returns twice, and must find no frame of ours.
long covenv_syscall(long number, long a, long b, long c, long d, long e, long f) {
  switch (number) {
    case SYS_execve:
    case SYS_execveat:
    case SYS_kill:
    case SYS_rt_sigqueueinfo:
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_pidfd_send_signal:
      return of_a_family(number, a, b, c, d, e, f);
    case SYS_seccomp:
      if (is_filter_operation(a)) return of_a_family(number, a, b, c, d, e, f);
      return libc().syscall(number, a, b, c, d, e, f);
    case SYS_prctl:
      if (as_int(a) == PR_SET_SECCOMP) return of_a_family(number, a, b, c, d, e, f);
      return libc().syscall(number, a, b, c, d, e, f);
    default:
      return libc().syscall(number, a, b, c, d, e, f);
  }
}
