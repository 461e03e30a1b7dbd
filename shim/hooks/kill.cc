// SPDX-License-Identifier: MIT
#include "shim/kill/end_process.h"
#include "shim/loader/libc.h"
#include "shim/proc/kernel.h"

using covenv::Aim;
using covenv::can_be_sent_by_pidfd;
using covenv::end_process;
using covenv::goal_of_kill;
using covenv::goal_of_tgkill;
using covenv::libc;

int covenv_kill(pid_t pid, int signal) {
  return end_process(goal_of_kill(pid, __builtin_return_address(0)), signal,
                     [&] { return libc().kill(pid, signal); });
}

int covenv_killpg(pid_t group, int signal) {
  return end_process({Aim::kGroup, group}, signal, [&] { return libc().killpg(group, signal); });
}

int covenv_raise(int signal) {
  return end_process({Aim::kProcess, covenv::own_pid()}, signal,
                     [&] { return libc().raise(signal); });
}

// A signal that ends one thread ends the whole process.
int covenv_tgkill(pid_t process, pid_t thread, int signal) {
  return end_process(goal_of_tgkill(process, thread), signal,
                     [&] { return libc().tgkill(process, thread, signal); });
}

int covenv_sigqueue(pid_t pid, int signal, const union sigval value) {
  return end_process({Aim::kProcess, pid}, signal,
                     [&] { return libc().sigqueue(pid, signal, value); });
}

int covenv_pidfd_send_signal(int pidfd, int signal, siginfo_t* info, unsigned flags) {
  const auto send = [&] { return libc().pidfd_send_signal(pidfd, signal, info, flags); };
  return can_be_sent_by_pidfd(signal, info, flags) ? end_process({Aim::kPidfd, pidfd}, signal, send)
                                                   : send();
}
