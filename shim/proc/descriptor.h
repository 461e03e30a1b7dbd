// SPDX-License-Identifier: MIT
// A file that is open for the length of a scope.
#pragma once

#include <fcntl.h>

#include "shim/proc/raw_syscall.h"

namespace covenv {

class Descriptor {
 public:
  Descriptor(const char* path, int flags, unsigned mode = 0)
      : fd_(static_cast<int>(
            raw_syscall(SYS_openat, AT_FDCWD, to_register(path), flags | O_CLOEXEC, mode))) {}
  ~Descriptor() {
    if (fd_ >= 0) raw_syscall(SYS_close, fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  /// A negated error number if the file could not be opened.
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace covenv
