// SPDX-License-Identifier: MIT
#include "shim/state/ownership.h"

#include <sys/mman.h>
#include <sys/types.h>

#include <atomic>

#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr long kPage = 4096;

// The owner page: holds the owner's pid. The kernel gives a forked child a page of zeroes; a vfork
// child reads its parent's pid.
constinit std::atomic<pid_t*> page{nullptr};

pid_t* make_page() {
  const long mapped =
      raw_syscall(SYS_mmap, 0, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped < 0 && mapped > -kPage) return nullptr;
  if (raw_syscall(SYS_madvise, mapped, kPage, MADV_WIPEONFORK) == 0) {
    return reinterpret_cast<pid_t*>(mapped);
  }
  raw_syscall(SYS_munmap, mapped, kPage);
  return nullptr;
}

}  // namespace

bool take_ownership() {
  if (page.load() == nullptr) page.store(make_page());
  pid_t* const owner = page.load();
  if (owner == nullptr) return false;
  *owner = own_pid();
  return true;
}

Owner current_owner() {
  const pid_t* const owner = page.load(std::memory_order_relaxed);
  if (owner == nullptr || *owner == 0) return Owner::kNone;
  return *owner == own_pid() ? Owner::kThisProcess : Owner::kAnotherProcess;
}

bool is_forked_copy() {
  const pid_t* const owner = page.load(std::memory_order_relaxed);
  return owner != nullptr && *owner == 0;
}

}  // namespace covenv
