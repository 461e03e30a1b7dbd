// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

namespace covenv::supervise {

/// A file that holds a process id as long as that process runs. It appears whole or not at all.
class PidFile {
 public:
  /// Makes sure that the file can be written while no command runs yet; exits 125 if it cannot. No
  /// file if `path` is null.
  explicit PidFile(const char* path);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  /// The wrapper leaves by _exit(), so remove() is called, and no destructor.
  ~PidFile() = default;

  void write(pid_t pid);
  /// Unless another process has written the file meanwhile.
  void remove() const;

 private:
  std::string path_;
  std::string draft_;  ///< beside it, renamed once complete; empty: there is none
  std::string text_;
};

}  // namespace covenv::supervise
