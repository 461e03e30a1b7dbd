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

  // nullopt: it is not alone, or that cannot be told.
  std::optional<ProcessStatus> status();

 private:
  enum File { kOwnChildren, kChildren, kStatus, kFiles };

  void open_files();

  const pid_t pid_;
  bool opened_ = false;
  std::array<int, kFiles> fds_ = {-1, -1, -1};
};

}  // namespace covenv::sigforward
