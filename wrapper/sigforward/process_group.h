// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace covenv::sigforward {

int pidfd_open(pid_t pid);  // -1 and errno; close-on-exec
int pidfd_send(int pidfd, int signo);
bool has_exited(int pidfd);  // true for a zombie too

// The process group of the command. Its number may only be used while something holds it: the
// leader, alive or as our zombie. From Linux 6.9 on a pidfd of the leader reaches the group without
// the number, also when the leader is long reaped.
class ProcessGroup {
 public:
  // Whether the leader stays until the caller reaps it, or may be reaped by somebody else.
  enum class Leader { kReapedByUs, kReapedByOthers };

  // Does not own `leader_pidfd` (-1: there is none).
  ProcessGroup(pid_t id, int leader_pidfd, Leader leader)
      : id_(id), leader_pidfd_(leader_pidfd), leader_(leader) {}

  [[nodiscard]] pid_t id() const { return id_; }

  // Whether send() needs the leader no more, so that the caller may reap it.
  [[nodiscard]] bool outlives_leader() const;

  // To every member; false and errno ESRCH where there is none, EPERM where we may signal none.
  bool send(int signo) const;

  // To one member after the other, found in /proc, without `except` (0: to all).
  bool send_to_each(int signo, pid_t except) const;

  // Waits until no member but zombies is left (true), until `deadline`, or until `wake_fd` is
  // readable (-1: none). Members are found in /proc: without it none is awaited.
  bool wait_until_empty(std::int64_t deadline, int wake_fd) const;

 private:
  pid_t id_;
  int leader_pidfd_;
  Leader leader_;
};

}  // namespace covenv::sigforward
