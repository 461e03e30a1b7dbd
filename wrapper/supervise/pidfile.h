// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace covenv::supervise {

// A file that holds a process id as long as that process runs. It appears whole or not at all.
class PidFile {
 public:
  // Makes sure that it can be written, while nothing runs yet; exits 125 where it cannot. No file
  // where `path` is null.
  explicit PidFile(const char* path);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile() = default;  // the wrapper leaves by _exit()

  void write(pid_t pid);
  // Unless somebody else has written it meanwhile.
  void remove() const;

 private:
  std::string path_;
  std::string draft_;  // beside it, renamed when it is complete; empty: there is none
  std::string text_;
};

}  // namespace covenv::supervise
