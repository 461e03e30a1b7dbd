// SPDX-License-Identifier: MIT
#include "wrapper/supervise/signals.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "shim/core/duration.h"
#include "wrapper/common/clock.h"

namespace covenv::supervise {

SignalMask SignalMask::install() const {
  SignalMask before;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &bits_, &before.bits_, sizeof(bits_));
  return before;
}

SignalMask SignalMask::pending() {
  SignalMask mask;
  syscall(SYS_rt_sigpending, &mask.bits_, sizeof(mask.bits_));
  return mask;
}

std::optional<siginfo_t> take_signal(std::int64_t deadline) {
  constexpr std::uint64_t kEverySignal = ~std::uint64_t{0};
  for (;;) {
    siginfo_t info = {};
    timespec left = {};
    if (deadline != kForever) left = time_until(deadline);
    const long signal = syscall(SYS_rt_sigtimedwait, &kEverySignal, &info,
                                deadline == kForever ? nullptr : &left, sizeof(kEverySignal));
    if (signal > 0) return info;
    if (errno == EAGAIN) return std::nullopt;
  }
}

void die_by_signal(int signal) {
  const rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);  // because a core_pattern with a pipe ignores the limit
  ::signal(signal, SIG_DFL);
  kill(getpid(), signal);
  SignalMask::all().without(signal).install();
}

}  // namespace covenv::supervise
