// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include <cstdint>
#include <optional>

namespace covenv::supervise {

// The kernel's own signal set. glibc's sigset_t functions leave out 32 and 33, which it uses
// between threads; here they are signals like others: blocked, forwarded, and restored as they
// came.
class SignalMask {
 public:
  static constexpr SignalMask all() { return SignalMask(~std::uint64_t{0}); }
  static constexpr SignalMask only(int signo) {
    return SignalMask(std::uint64_t{1} << (signo - 1));
  }

  constexpr SignalMask() = default;
  [[nodiscard]] constexpr bool contains(int signo) const {
    return (bits_ >> (signo - 1) & 1U) != 0;
  }
  [[nodiscard]] constexpr SignalMask without(int signo) const {
    return SignalMask(bits_ & ~only(signo).bits_);
  }

  // Makes this the mask of the calling thread and returns the one before.
  SignalMask install() const;  // NOLINT(modernize-use-nodiscard): the last caller is about to die
  // What is pending for the process or the thread.
  static SignalMask pending();
  // A file descriptor that polls readable while one of these is pending; -1 and errno.
  [[nodiscard]] int open_fd() const;

 private:
  explicit constexpr SignalMask(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

// Takes the next pending signal, in one blocked call that ends at `deadline` (kForever: never) with
// nullopt. All signals are blocked by the caller.
std::optional<siginfo_t> take_signal(std::int64_t deadline);

// Ends this process by `signo`, without a core: what dumped core, if anything, was the command.
// Returns where the kernel does not let it happen, as for PID 1.
void die_by_signal(int signo);

}  // namespace covenv::supervise
