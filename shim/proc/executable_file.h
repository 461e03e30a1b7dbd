// SPDX-License-Identifier: MIT
// The file behind the arguments of an exec call.
#pragma once

#include <cstddef>

#include "shim/core/executable.h"

namespace covenv {

/// What the caller named, as it named it.
struct Program {
  int dirfd;         ///< what a relative `path` starts at
  const char* path;  ///< may be empty with AT_EMPTY_PATH: then `dirfd` is the file itself
  bool search;       ///< `path` without a slash is looked for along PATH, by libc
  bool in_place;     ///< an exec: this process becomes the program
  const int* started = nullptr;  ///< where the call leaves the pid of the child that it starts
};

/// The link in /proc to an open file; what an exec of a descriptor executes.
class DescriptorPath {
 public:
  explicit DescriptorPath(int fd);
  const char* c_str() const { return text_; }

 private:
  char text_[32];
};

/// What the program is; kForeign for an emulator of another machine's programs. Follows "#!" as the
/// kernel does, and PATH only to have a look: which file runs is for libc to find. Opens what it
/// looks at, regular files only, and closes it again. `environment`: where PATH is.
Image image_of(const Program& program, const char* const* environment);

}  // namespace covenv
