// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>

#include "shim/core/process_status.h"

namespace covenv::sigforward {

// A quick look, by files of /proc that stay open, for what most commands are: one process with one
// thread and no children. To be used where orphans come to us, so that there is nobody unseen.
class LoneCommand {
 public:
  explicit LoneCommand(pid_t pid) : pid_(pid) {}
  LoneCommand(const LoneCommand&) = delete;
  LoneCommand& operator=(const LoneCommand&) = delete;
  ~LoneCommand() = default;  // the files are close-on-exec, and last as long as we do

  // Whether it is alone, and catches or ignores the signal. For less than half of what status()
  // takes, for which the kernel writes a long text.
  bool is_alone_and_handles(int signo);
  // nullopt: it is not alone, or that cannot be told.
  std::optional<ProcessStatus> status();

 private:
  enum File { kOwnChildren, kChildren, kStat, kStatus, kFiles };

  void open_files();
  // But for threads.
  bool is_alone();

  const pid_t pid_;
  bool opened_ = false;
  std::array<int, kFiles> fds_ = {-1, -1, -1, -1};
};

}  // namespace covenv::sigforward
