// SPDX-License-Identifier: MIT
#include "shim/kill/group_members.h"

#include <linux/errno.h>

#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

/// 0 if there is no such process. By system call, because a file of /proc takes 20 times as long.
pid_t group_of(pid_t pid) {
  const long group = raw_syscall(SYS_getpgid, pid);
  if (group >= 0 || group == -ESRCH) return group > 0 ? static_cast<pid_t>(group) : 0;
  ProcessStat stat;
  return read_stat(kKernel, pid, stat) ? stat.process_group : 0;
}

}  // namespace

GroupMembers::GroupMembers(pid_t group, pid_t below) : group_(group), below_(below) {
  for_each_process(
      kKernel, [](void* self, pid_t pid) { static_cast<GroupMembers*>(self)->look_at(pid); }, this);
}

void GroupMembers::look_at(pid_t pid) {
  if (pid >= below_ || group_of(pid) != group_) return;
  std::size_t at = 0;
  while (at < count_ && pids_[at] > pid) ++at;
  if (count_ == kMost) is_all_ = false;
  if (at == kMost) return;
  if (count_ < kMost) ++count_;
  for (std::size_t i = count_ - 1; i > at; --i) pids_[i] = pids_[i - 1];
  pids_[at] = pid;
}

}  // namespace covenv
