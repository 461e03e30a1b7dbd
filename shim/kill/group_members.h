// SPDX-License-Identifier: MIT
// The members of a process group, in parts of a size that every stack has room for.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace covenv {

/// The greatest pids of `group` below `below`, in falling order: children, as a rule, before their
/// parents. Reads all of /proc.
class GroupMembers {
 public:
  /// So few that each stack holds them without stack_can_hold(), which valgrind would report.
  static constexpr std::size_t kMost = 32;

  GroupMembers(pid_t group, pid_t below);

  std::span<const pid_t> pids() const { return {pids_, count_}; }
  /// False if the group has more pids, below the last one.
  bool is_all() const { return is_all_; }

 private:
  void look_at(pid_t pid);

  pid_t group_;
  pid_t below_;
  pid_t pids_[kMost];
  std::size_t count_ = 0;
  bool is_all_ = true;
};

}  // namespace covenv
