// SPDX-License-Identifier: MIT
// The file behind the arguments of an exec call.
#pragma once

#include <cstddef>

namespace covenv {

/// What the caller named, as it named it.
struct Program {
  int dirfd;         ///< what a relative `path` starts at
  const char* path;  ///< may be empty with AT_EMPTY_PATH: then `dirfd` is the file itself
  bool search;       ///< `path` without a slash is looked for along PATH, by libc
  bool in_place;     ///< an exec: this process becomes the program
};

/// The link in /proc to an open file; what an exec of a descriptor executes.
class DescriptorPath {
 public:
  explicit DescriptorPath(int fd);
  const char* c_str() const { return text_; }

 private:
  char text_[32];
};

/// Whether the program can load us (core/executable.h); true on any doubt. Follows "#!" as the
/// kernel does, and PATH only to have a look: which file runs is for libc to find. Opens what it
/// looks at, regular files only, and closes it again.
bool may_load_us(const Program& program);

}  // namespace covenv
