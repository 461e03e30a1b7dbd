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
// Room that our own frames, libc's and a signal's need below that.
constexpr std::size_t kReserve = 2 * kPage;

/// Changes nothing: the kernel copies the new mask before it checks `how`, which is impossible. So
/// the result is -EFAULT for memory that cannot be read, else -EINVAL.
long look_at(const void* pointer) {
  constexpr long kNoSuchHow = -1;
  return raw_syscall(SYS_rt_sigprocmask, kNoSuchHow, to_register(pointer), 0, kMaskSize);
}

}  // namespace

// The kernel takes a null for "no mask". It reads a whole mask, so the pointer is aligned to one: 8
// bytes from the pointer on could reach into the next page, which may not be mapped.
Readable look_whether_readable(const void* pointer) {
  if (pointer == nullptr) return Readable::kNo;
  const std::uintptr_t aligned = reinterpret_cast<std::uintptr_t>(pointer) & ~(kMaskSize - 1);
  const long result = look_at(reinterpret_cast<const void*>(aligned));
  return result == -EFAULT   ? Readable::kNo
         : result == -EINVAL ? Readable::kYes
                             : Readable::kUnknown;
}

bool is_readable(const void* pointer) { return look_whether_readable(pointer) != Readable::kNo; }

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
