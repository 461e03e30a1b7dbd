// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "shim/core/process_status.h"

namespace covenv::supervise {

/// A quick look, by files of /proc that stay open, at a command that is one process with one thread
/// and no children, as most are. Only for a wrapper that adopts orphans, because otherwise
/// descendants may be out of its sight.
class SingleProcess {
 public:
  explicit SingleProcess(pid_t pid);
  SingleProcess(const SingleProcess&) = delete;
  SingleProcess& operator=(const SingleProcess&) = delete;
  /// The files are close-on-exec, and stay open as long as this process.
  ~SingleProcess() = default;

  /// True if the command is a single process, and has no saver, or catches or ignores the signal.
  /// Not for real-time signals. Takes less than half of the time of status(), for which the kernel
  /// writes a long text; of many signals at once, most are answered by the last look.
  bool needs_no_saver(int signal);
  /// nullopt if the command is more than one process or thread, or its status cannot be read.
  std::optional<ProcessStatus> status();

 private:
  enum File { kOwnChildren, kChildren, kStat, kStatus, kFiles };

  struct Signals {
    std::uint64_t ignored;
    std::uint64_t caught;
  };

  void open_files();
  /// True if the command has no children; it may have threads.
  bool is_alone();
  /// nullopt if the command has more than one thread, or cannot be read.
  std::optional<Signals> signals();

  const pid_t pid_;
  const off_t own_number_size_;
  bool opened_ = false;
  std::array<int, kFiles> fds_ = {-1, -1, -1, -1};
  std::uint64_t handled_ = 0;  ///< as of the last look; 0 if the command had a saver
  std::int64_t looked_at_ = 0;
};

}  // namespace covenv::supervise
