// SPDX-License-Identifier: MIT
// Memory for the length of a scope, from the kernel, because the hooks have no heap and the stack
// may be small.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <span>

#include "shim/proc/raw_syscall.h"

namespace covenv {

class Room {
 public:
  /// Empty if the kernel gives none (RLIMIT_AS), or for a size of 0. Pages that nothing is written
  /// to cost nothing.
  explicit Room(std::size_t size) {
    const long address = raw_syscall(SYS_mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!is_error(address)) bytes_ = {reinterpret_cast<char*>(address), size};
  }
  ~Room() {
    if (bytes_.empty()) return;
    raw_syscall(SYS_munmap, to_register(bytes_.data()), static_cast<long>(bytes_.size()));
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  std::span<char> bytes() const { return bytes_; }

 private:
  std::span<char> bytes_;
};

}  // namespace covenv
