// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "shim/core/process_status.h"

namespace covenv::supervise {

int pidfd_open(pid_t pid);  ///< -1 and errno; close-on-exec
int pidfd_send(int pidfd, int signal);
bool has_exited(int pidfd);  ///< true for a zombie too

/// True if /proc is mounted, and shows this process's pid namespace: any other /proc has other
/// processes under the same numbers.
bool proc_is_usable();

/// Which processes the wrapper is responsible for; never the calling one.
struct Scope {
  pid_t wrapper = 0;                  ///< no member either, if its child calls (run_apart.h)
  pid_t root = 0;                     ///< this process and its live descendants; 0: none
  pid_t group = 0;                    ///< members of this process group; 0: none
  bool everything = false;            ///< all of the pid namespace, for which PID 1 is responsible
  const std::string* mark = nullptr;  ///< processes that have it (mark.h); null: none
};

/// A live process of a scope, held by a pidfd since before it was looked at, so that its pid cannot
/// be another process's.
struct Member {
  pid_t pid;
  int pidfd;  ///< closed after the visit
  pid_t group;
  ProcessStatus status;
  /// A sigforward stands between the caller and this process, and forwards signals to it: a signal
  /// to both would arrive twice.
  bool under_other_wrapper = false;
};

/// Calls visit(member) for each process, descendants before their ancestors, until it returns
/// false. Processes that are forked meanwhile may be missed. Visits none if /proc is not usable.
void for_each_member(const Scope& scope, const std::function<bool(const Member&)>& visit);

}  // namespace covenv::supervise
