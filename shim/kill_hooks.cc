// SPDX-License-Identifier: MIT
#include "end_process.h"
#include "kernel.h"
#include "libc.h"

using covenv::Aim;
using covenv::end_process;
using covenv::libc;

int covenv_kill(pid_t pid, int signal) {
  const covenv::KillTarget target(pid);
  return end_process(target.aim, target.id, signal, [&] { return libc().kill(pid, signal); });
}

int covenv_killpg(pid_t group, int signal) {
  return end_process(Aim::kGroup, group, signal, [&] { return libc().killpg(group, signal); });
}

int covenv_raise(int signal) {
  return end_process(Aim::kProcess, covenv::own_pid(), signal,
                     [&] { return libc().raise(signal); });
}

int covenv_tgkill(pid_t process, pid_t thread, int signal) {
  return end_process(Aim::kThread, thread, signal,
                     [&] { return libc().tgkill(process, thread, signal); });
}

int covenv_sigqueue(pid_t pid, int signal, const union sigval value) {
  return end_process(Aim::kProcess, pid, signal,
                     [&] { return libc().sigqueue(pid, signal, value); });
}

int covenv_pidfd_send_signal(int pidfd, int signal, siginfo_t* info, unsigned flags) {
  return end_process(Aim::kPidfd, pidfd, signal,
                     [&] { return libc().pidfd_send_signal(pidfd, signal, info, flags); });
}
