// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include "shim/native/victim_lock.h"
#include "wrapper/supervise/child.h"
#include "wrapper/supervise/processes/members.h"
#include "wrapper/supervise/processes/single_process.h"
#include "wrapper/supervise/processes/trace.h"

namespace covenv::supervise {

/// The command and its descendants, as the wrapper sees, signals and reaps them. Until
/// reap_command() the pids of the command and of its group are safe to use, because the command is
/// alive or our zombie.
class Family {
 public:
  /// `adopts`: orphaned descendants become our children, and we have no other children.
  Family(const Child& child, bool adopts);

  /// To the command's group, or to the command alone if it has no group of its own. Savers are
  /// asked.
  void send_to_group(int signal);
  /// To the processes outside of the group.
  void send_to_rest(int signal) const;
  /// To all of them, also when the command has been reaped.
  void send_to_all(int signal) const;

  /// Reaps orphans, and traced threads, until the command is found to have exited: true, and its
  /// status.
  bool has_command_exited(Trace& trace, siginfo_t& status) const;

  void reap_command();
  /// After reap_command(): reaps what has ended; true if no process is left.
  bool is_gone() const;
  /// True if a SIGCHLD tells the end of the last process; otherwise is_gone() has to be asked
  /// repeatedly.
  bool tells_its_end() const { return adopts_ && !is_init(); }

  /// For the processes that are left when the command has exited: visit(member, whether it is in
  /// the group).
  template <typename Visit>
  void for_each(Visit visit) const {
    for_each_member(scope(), [&](const Member& member) {
      visit(member, in_group(member));
      return true;
    });
  }

 private:
  /// True if the saver of a process in the group has to be asked in place of the signal.
  bool group_saves(int signal);
  void keep_counters_of_group(int signal, VictimLocks& locks);
  Scope scope() const;
  bool is_init() const { return wrapper_ == 1; }
  bool in_group(const Member& member) const;

  const Child child_;
  const bool adopts_;
  const pid_t wrapper_;
  SingleProcess single_process_;
};

}  // namespace covenv::supervise
