// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

#include "wrapper/supervise/child.h"
#include "wrapper/supervise/processes/lone_command.h"
#include "wrapper/supervise/processes/members.h"

namespace covenv::supervise {

// The command and what has come of it, as the wrapper sees, signals and reaps them. Until
// reap_command() the command's number and its group's are safe to use: it is alive or our zombie.
class Family {
 public:
  // `adopts`: orphaned descendants come to us, and we have no children but those.
  Family(const Child& child, bool adopts);

  // To the command's group, or to the command alone where it has none of its own. Savers are asked.
  void send_to_group(int signo);
  // To those outside of it.
  void send_to_rest(int signo) const;
  // To both, also when the command has been reaped.
  void send_to_all(int signo) const;

  // Reaps orphans until it finds that the command has exited: true, and its status.
  bool has_command_exited(siginfo_t& status) const;

  void reap_command();
  // After reap_command(): reaps what has ended; whether nothing is left.
  [[nodiscard]] bool is_gone() const;
  // Whether a SIGCHLD tells when the last one ends; otherwise is_gone() has to be asked repeatedly.
  [[nodiscard]] bool tells_its_end() const { return adopts_ && !is_init_; }

  // What is left, once the command has exited: visit(member, whether it is in the group).
  template <typename Visit>
  void for_each(Visit visit) const {
    for_each_member(scope(), [&](const Member& member) {
      visit(member, in_group(member));
      return true;
    });
  }

 private:
  // Whether one of the group has to be asked to save instead.
  bool group_saves(int signo);
  [[nodiscard]] Scope scope() const;
  [[nodiscard]] bool in_group(const Member& member) const;

  const Child child_;
  const bool adopts_;
  const bool is_init_;
  LoneCommand lone_command_;
};

}  // namespace covenv::supervise
