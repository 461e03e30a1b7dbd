// SPDX-License-Identifier: MIT
// The system calls of process and ask_and_wait, as function pointers that a test can replace.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace covenv {

/// All of these leave errno alone, and return a negated error number if they fail.
struct Kernel {
  int (*pidfd_open)(pid_t pid);
  /// Whether the process behind a pidfd has ended: 1, or 0 once `timeout_ns` is over.
  /// -EINTR after a signal.
  int (*wait_ended)(int pidfd, std::int64_t timeout_ns);
  /// pidfd_send_signal(2), and kill(2) for processes that no pidfd holds. A `value` other than 0
  /// goes with the signal, as by sigqueue().
  int (*send_signal)(int pidfd, int signal, std::uint64_t value);
  int (*kill)(pid_t pid, int signal, std::uint64_t value);
  int (*close)(int fd);
  /// CLOCK_MONOTONIC, nanoseconds; negative if the clock cannot be read.
  std::int64_t (*now)();
  void (*sleep)(std::int64_t nanoseconds);
  /// Opens a file below /proc for reading.
  int (*open_proc)(const char* path);
  /// Reads on from where the last call stopped; returns the bytes read.
  long (*read)(int fd, std::span<char> into);
  /// getdents64(2).
  long (*read_directory)(int fd, std::span<char> into);
  long (*read_link)(const char* path, std::span<char> into);
  /// process_vm_readv(2) of one piece.
  long (*read_memory)(pid_t pid, std::uint64_t address, std::span<char> into);
};

extern const Kernel kKernel;

/// A moment in the future. It is over at once if the clock cannot be read.
class Deadline {
 public:
  Deadline(const Kernel& kernel, std::int64_t in_ns) : Deadline(kernel, in_ns, kernel.now()) {}

  Deadline(const Kernel& kernel, std::int64_t in_ns, std::int64_t start) : kernel_(kernel) {
    if (start >= 0) at_ = in_ns > INT64_MAX - start ? INT64_MAX : start + in_ns;
  }

  /// Nanoseconds until then, 0 from then on.
  std::int64_t left() const {
    const std::int64_t now = kernel_.now();
    return now >= 0 && at_ > now ? at_ - now : 0;
  }

 private:
  const Kernel& kernel_;
  std::int64_t at_ = 0;
};

pid_t own_pid();

}  // namespace covenv
