// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include <cstdint>
#include <optional>

namespace covenv::supervise {

/// The kernel's own signal set. glibc's sigset_t functions leave out 32 and 33, which glibc uses
/// between threads; here both are blocked, forwarded, and restored like other signals.
class SignalMask {
 public:
  static constexpr SignalMask all() { return SignalMask(~std::uint64_t{0}); }
  static constexpr SignalMask only(int signal) {
    return SignalMask(std::uint64_t{1} << (signal - 1));
  }

  constexpr SignalMask() = default;
  constexpr bool contains(int signal) const { return (bits_ >> (signal - 1) & 1U) != 0; }
  constexpr SignalMask without(int signal) const { return SignalMask(bits_ & ~only(signal).bits_); }

  /// Makes this the mask of the calling thread and returns the mask before.
  SignalMask install() const;
  /// The signals that are pending for the process or the thread.
  static SignalMask pending();

 private:
  explicit constexpr SignalMask(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

/// Takes the next pending signal, in one blocking call; nullopt at `deadline` (kForever: never).
/// All signals are blocked by the caller.
std::optional<siginfo_t> take_signal(std::int64_t deadline);

/// Ends this process by `signal`, without a core, because a core is the command's to dump. Returns
/// if the kernel does not end the process, as for PID 1.
void die_by_signal(int signal);

}  // namespace covenv::supervise
