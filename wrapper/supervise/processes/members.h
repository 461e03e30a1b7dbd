// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "shim/core/process_status.h"

namespace covenv::supervise {

int pidfd_open(pid_t pid);  // -1 and errno; close-on-exec
int pidfd_send(int pidfd, int signo);
bool has_exited(int pidfd);  // true for a zombie too

// Whether /proc is there, and of this process's pid namespace: otherwise every number in it is
// somebody else.
bool proc_is_usable();

// Which processes sigforward is responsible for; never the calling one.
struct Scope {
  pid_t root = 0;           // and all that descends from it, as far as it is alive; 0: none
  pid_t group = 0;          // members of this process group; 0: none
  bool everything = false;  // of the pid namespace: what PID 1 is responsible for
  const std::string* mark = nullptr;  // those that have it (mark.h)
};

// One of them, and alive: held by a pidfd since before it was looked at, so that the number cannot
// have passed on to another process.
struct Member {
  pid_t pid;
  int pidfd;  // closed after the visit
  pid_t group;
  ProcessStatus status;
  // A wrapper like this one stands between, and passes on what that is sent: sent to both, it would
  // arrive twice.
  bool in_other_care = false;
};

// Calls visit(member) for each, descendants before those they descend from, until it returns false.
// What forks meanwhile may be missed. Nobody is visited where /proc is not usable.
void for_each_member(const Scope& scope, const std::function<bool(const Member&)>& visit);

}  // namespace covenv::supervise
