// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "asked_target.h"

namespace load {

/// A program that ends at once; it lies beside this one.
class Leaf {
 public:
  Leaf();
  [[nodiscard]] const char* path() const { return path_.c_str(); }
  /// Spawns it with an empty environment and waits. Its status, or minus the error.
  [[nodiscard]] int run() const;

 private:
  std::string path_;
};

/// A forked child that waits for its end, and whose dispositions, if it is marked, are those of a
/// measured process (asked_target.h). No descriptor of it stays here.
pid_t start_waiting(bool marked, pid_t group);

/// How many marked children have been asked so far.
int asked();

using transparency::status_of;

/// Descriptors that are open here.
int open_descriptors();

/// Whether the leaf that had this status got the runner's variable, and the status without that.
constexpr bool was_carried(int status) { return status == 1 << 8; }
constexpr int without_carried(int status) { return was_carried(status) ? 0 : status; }

/// A field of /proc/self/status in KiB.
long memory(const char* field);

}  // namespace load
