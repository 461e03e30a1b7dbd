// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "asked_target.h"

namespace load {

/// The program load_leaf, which ends at once. It lies beside this program.
class Leaf {
 public:
  Leaf();
  [[nodiscard]] const char* path() const { return path_.c_str(); }
  /// Spawns the leaf with an empty environment and waits. Returns its status, or minus the error.
  [[nodiscard]] int run() const;

 private:
  std::string path_;
};

/// Forks a child that waits to be killed, and returns its pid. A marked child has the dispositions
/// of a measured process (asked_target.h). No descriptor stays open here.
pid_t start_waiting(bool marked, pid_t group);

/// How many marked children have been asked so far.
int asked();

using transparency::status_of;

/// The number of open descriptors of this process.
int open_descriptors();

/// True if the leaf that ended with this wait status got the runner's variable; and the status
/// without what says so.
constexpr bool was_carried(int status) { return status == 1 << 8; }
constexpr int without_carried(int status) { return was_carried(status) ? 0 : status; }

/// A field of /proc/self/status, such as "VmData:", in KiB.
long memory(const char* field);

}  // namespace load
