// SPDX-License-Identifier: MIT
#include "senders.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ includes it, too
}

namespace transparency {
namespace {

int send_by_pidfd(pid_t pid, int signal, bool raw) {
  const int fd = pidfd_open(pid, 0);
  errno = 4242;
  const long result = raw ? syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0)
                          : pidfd_send_signal(fd, signal, nullptr, 0);
  const int error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return static_cast<int>(result);
}

int queue_raw(pid_t pid, int signal) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_value.sival_int = kValue;
  return static_cast<int>(syscall(SYS_rt_sigqueueinfo, pid, signal, &info));
}

}  // namespace

const std::vector<Sender> kSenders = {
    {"kill", [](pid_t pid, int signal) { return kill(pid, signal); }},
    {"kill_group", [](pid_t pid, int signal) { return kill(-pid, signal); }, true},
    {"killpg", [](pid_t pid, int signal) { return killpg(pid, signal); }, true},
    {"tgkill", [](pid_t pid, int signal) { return tgkill(pid, pid, signal); }},
    {"sigqueue",
     [](pid_t pid, int signal) {
       sigval value{};
       value.sival_int = kValue;
       return sigqueue(pid, signal, value);
     }},
    {"pidfd_send_signal", [](pid_t pid, int signal) { return send_by_pidfd(pid, signal, false); }},
    {"syscall_kill",
     [](pid_t pid, int signal) { return static_cast<int>(syscall(SYS_kill, pid, signal)); }},
    {"syscall_kill_group",
     [](pid_t pid, int signal) { return static_cast<int>(syscall(SYS_kill, -pid, signal)); }, true},
    {"syscall_tkill",
     [](pid_t pid, int signal) { return static_cast<int>(syscall(SYS_tkill, pid, signal)); }},
    {"syscall_tgkill",
     [](pid_t pid, int signal) { return static_cast<int>(syscall(SYS_tgkill, pid, pid, signal)); }},
    {"syscall_rt_sigqueueinfo", queue_raw},
    {"syscall_pidfd_send_signal",
     [](pid_t pid, int signal) { return send_by_pidfd(pid, signal, true); }},
};

}  // namespace transparency
