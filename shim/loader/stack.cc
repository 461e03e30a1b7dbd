// SPDX-License-Identifier: MIT
#include "shim/loader/stack.h"

#include <linux/errno.h>

#include <cstdint>

#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kAlwaysThere = 2048;
constexpr std::size_t kPage = 4096;
constexpr std::uintptr_t kMaskSize = 8;
// What our own frames, libc's and a signal's still need below it.
constexpr std::size_t kReserve = 2 * kPage;

/// The kernel copies the new mask before it looks at the impossible `how`: -EFAULT or -EINVAL, and
/// in neither case does anything change.
long look_at(const void* pointer) {
  constexpr long kNoSuchHow = -1;
  return raw_syscall(SYS_rt_sigprocmask, kNoSuchHow, to_register(pointer), 0, kMaskSize);
}

}  // namespace

// It takes no null for an address. And it reads a whole mask: what is shorter may end where its
// page does.
bool is_readable(const void* pointer) {
  const std::uintptr_t aligned = reinterpret_cast<std::uintptr_t>(pointer) & ~(kMaskSize - 1);
  return pointer != nullptr && look_at(reinterpret_cast<const void*>(aligned)) != -EFAULT;
}

bool stack_can_hold(std::size_t bytes) {
  if (bytes <= kAlwaysThere) return true;
  if (bytes > kStackBound) return false;
  const char* const here = static_cast<const char*>(__builtin_frame_address(0));
  for (std::size_t below = kPage; below < bytes + kReserve + kPage; below += kPage) {
    if (look_at(here - below) != -EINVAL) return false;
  }
  return true;
}

}  // namespace covenv
