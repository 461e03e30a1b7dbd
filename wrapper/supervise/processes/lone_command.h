// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

#include "shim/core/process_status.h"

namespace covenv::supervise {

// A quick look, by files of /proc that stay open, for what most commands are: one process with one
// thread and no children. To be used where orphans come to us, so that there is nobody unseen.
class LoneCommand {
 public:
  explicit LoneCommand(pid_t pid);
  LoneCommand(const LoneCommand&) = delete;
  LoneCommand& operator=(const LoneCommand&) = delete;
  ~LoneCommand() = default;  // the files are close-on-exec, and last as long as we do

  // Whether it is alone, and has no saver, or catches or ignores the signal, which is none of the
  // real-time ones. For less than half of what status() takes, for which the kernel writes a long
  // text; and of many signals at once, most are told by the last look.
  bool needs_no_saver(int signo);
  // nullopt: it is not alone, or that cannot be told.
  std::optional<ProcessStatus> status();

 private:
  enum File { kOwnChildren, kChildren, kStat, kStatus, kFiles };

  struct Signals {
    std::uint64_t ignored;
    std::uint64_t caught;
  };

  void open_files();
  // But for threads.
  bool is_alone();
  // nullopt: it has more than one thread, or cannot be read.
  std::optional<Signals> signals();

  const pid_t pid_;
  const off_t own_number_size_;
  bool opened_ = false;
  std::array<int, kFiles> fds_ = {-1, -1, -1, -1};
  std::uint64_t handled_ = 0;  // as of the last look; none where there was anybody to ask
  std::int64_t looked_at_ = 0;
};

}  // namespace covenv::supervise
