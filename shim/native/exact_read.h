// SPDX-License-Identifier: MIT
#pragma once

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

/// The bytes of an open file. `fd` outlives the source.
inline ByteSource bytes_of(int& fd) {
  return {.context = &fd, .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
            return read_exactly(*static_cast<int*>(context), at, into);
          }};
}

}  // namespace covenv
