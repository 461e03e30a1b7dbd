// SPDX-License-Identifier: MIT
#include "shim/proc/kernel.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <poll.h>
#include <sys/uio.h>
#include <time.h>

#include <csignal>

#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::int64_t kSecond = 1000000000;

timespec to_timespec(std::int64_t nanoseconds) {
  return {.tv_sec = nanoseconds / kSecond, .tv_nsec = nanoseconds % kSecond};
}

int wait_ended(int pidfd, std::int64_t timeout_ns) {
  pollfd poll = {.fd = pidfd, .events = POLLIN, .revents = 0};
  const timespec timeout = to_timespec(timeout_ns);
  const long result = raw_syscall(SYS_ppoll, to_register(&poll), 1, to_register(&timeout), 0, 0);
  // POLLNVAL is no end of the process, because programs close all descriptors (closefrom(3)).
  if (result == 1 && (poll.revents & POLLIN) == 0) return -EBADF;
  return static_cast<int>(result);
}

std::int64_t now() {
  timespec time = {};
  const long result = raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, to_register(&time));
  return result == 0 ? time.tv_sec * kSecond + time.tv_nsec : result;
}

siginfo_t carrying(int signal, std::uint64_t value) {
  siginfo_t info = {};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = own_pid();
  info.si_uid = static_cast<uid_t>(raw_syscall(SYS_getuid));
  info.si_value.sival_ptr = reinterpret_cast<void*>(value);
  return info;
}

void sleep_for(std::int64_t nanoseconds) {
  const timespec time = to_timespec(nanoseconds);
  raw_syscall(SYS_nanosleep, to_register(&time), 0);
}

}  // namespace

const Kernel kKernel = {
    .pidfd_open = [](pid_t pid) { return static_cast<int>(raw_syscall(SYS_pidfd_open, pid, 0)); },
    .wait_ended = wait_ended,
    .send_signal =
        [](int pidfd, int signal, std::uint64_t value) {
          siginfo_t info = carrying(signal, value);
          return static_cast<int>(raw_syscall(SYS_pidfd_send_signal, pidfd, signal,
                                              value != 0 ? to_register(&info) : 0, 0));
        },
    .kill =
        [](pid_t pid, int signal, std::uint64_t value) {
          siginfo_t info = carrying(signal, value);
          return static_cast<int>(
              value != 0 ? raw_syscall(SYS_rt_sigqueueinfo, pid, signal, to_register(&info))
                         : raw_syscall(SYS_kill, pid, signal));
        },
    .close = [](int fd) { return static_cast<int>(raw_syscall(SYS_close, fd)); },
    .now = now,
    .sleep = sleep_for,
    .open_proc =
        [](const char* path) {
          // A file that another process maps may have become a FIFO since.
          return static_cast<int>(raw_syscall(SYS_openat, AT_FDCWD, to_register(path),
                                              O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        },
    .read =
        [](int fd, std::span<char> into) {
          return raw_syscall(SYS_read, fd, to_register(into.data()),
                             static_cast<long>(into.size()));
        },
    .read_directory =
        [](int fd, std::span<char> into) {
          return raw_syscall(SYS_getdents64, fd, to_register(into.data()),
                             static_cast<long>(into.size()));
        },
    .read_link =
        [](const char* path, std::span<char> into) {
          return raw_syscall(SYS_readlinkat, AT_FDCWD, to_register(path), to_register(into.data()),
                             static_cast<long>(into.size()));
        },
    .read_memory =
        [](pid_t pid, std::uint64_t address, std::span<char> into) {
          const iovec ours = {.iov_base = into.data(), .iov_len = into.size()};
          const iovec theirs = {.iov_base = reinterpret_cast<void*>(address),
                                .iov_len = into.size()};
          return raw_syscall(SYS_process_vm_readv, pid, to_register(&ours), 1, to_register(&theirs),
                             1, 0);
        },
};

pid_t own_pid() { return static_cast<pid_t>(raw_syscall(SYS_getpid)); }

}  // namespace covenv
