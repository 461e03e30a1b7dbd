// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace covenv {

/// The status that wait() gives for an end that waitid() has reported as `child`.
inline int wait_status(const siginfo_t& child) {
  constexpr int kCoreFlag = 0x80;
  if (child.si_code == CLD_EXITED) return child.si_status << 8;
  return child.si_code == CLD_DUMPED ? child.si_status | kCoreFlag : child.si_status;
}

}  // namespace covenv
