// SPDX-License-Identifier: MIT
#pragma once

#include <linux/errno.h>

#include <cstdint>
#include <span>

#include "shim/counters/byte_access.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {

/// Reads `into.size()` bytes of a file from `at` on. False if there are fewer, or on an error.
inline bool read_exactly(int fd, std::uint64_t at, std::span<char> into) {
  const long got = raw_syscall(SYS_pread64, fd, to_register(into.data()),
                               static_cast<long>(into.size()), static_cast<long>(at));
  return got >= 0 && static_cast<std::size_t>(got) == into.size();
}

/// Reads on from where the last call stopped; returns the bytes read. No signal cuts it short.
inline long read_on(int fd, std::span<char> into) {
  long got = -EINTR;
  while (got == -EINTR) {
    got = raw_syscall(SYS_read, fd, to_register(into.data()), static_cast<long>(into.size()));
  }
  return got;
}

/// The bytes of an open file. `fd` outlives the source.
inline ByteSource bytes_of(int& fd) {
  return {.context = &fd, .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
            return read_exactly(*static_cast<int*>(context), at, into);
          }};
}

}  // namespace covenv
