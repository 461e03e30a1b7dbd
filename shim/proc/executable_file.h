// SPDX-License-Identifier: MIT
// The file behind the arguments of an exec call.
#pragma once

#include <cstddef>

#include "shim/core/executable.h"

namespace covenv {

/// The program that a caller wants to start, in the caller's words.
struct Program {
  int dirfd;         ///< the folder of a relative `path`
  const char* path;  ///< may be empty with AT_EMPTY_PATH: then `dirfd` is the file itself
  bool search;       ///< libc looks for a `path` without a slash along PATH
  bool in_place;     ///< an exec: this process becomes the program
  const int* started = nullptr;  ///< the call writes the pid of the child that it starts here
};

/// The link in /proc to an open file, which an exec of a descriptor executes.
class DescriptorPath {
 public:
  explicit DescriptorPath(int fd);
  const char* c_str() const { return text_; }

 private:
  char text_[32];
};

/// The image of the program's file; kForeign for an emulator of another machine's programs. Follows
/// "#!" as the kernel does, and the PATH in `environment`. PATH serves for this look only, because
/// libc finds the file that runs. Opens and closes the files that it reads, regular ones only.
Image image_of(const Program& program, const char* const* environment);

}  // namespace covenv
