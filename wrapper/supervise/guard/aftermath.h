// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "wrapper/supervise/guard/guard.h"
#include "wrapper/supervise/processes/members.h"

namespace covenv::supervise {

struct Held {
  pid_t pid;
  int pidfd;
  bool in_other_care = false;  // as of a Member
  bool is_told = false;        // to the session: that it is killed
};

// The end of a command whose wrapper was killed, by the guard.
class Aftermath {
 public:
  // `group` of 0: the command has none of its own. `others` is what the wrapper knew besides.
  // `successor` is told of each step, should this process be killed as well; not owned.
  Aftermath(const Held& command, pid_t group, std::vector<Held> others, const Progress& progress,
            std::string mark, const Guard& successor)
      : command_(command),
        group_(group),
        held_(std::move(others)),
        progress_(progress),
        mark_(std::move(mark)),
        successor_(successor) {
    held_.push_back(command);
  }

  // Returns when all have gone, or cannot be made to.
  void bring_about();

 private:
  // `in_doubt`: the kernel may have forgotten to ask the command.
  void ask_first(bool in_doubt);
  void end_doubt();
  void collect();
  void collect_in(const Scope& scope, bool in_other_care);
  static void send(const Held& held, int signo);
  static void wake(const Held& held);
  void send_to_all(int signo);
  void send_to_group(int signo) const;
  void drop_ended();
  // Until one has ended or the deadline has come.
  void wait(std::int64_t deadline) const;
  void kill_all();

  const Held command_;
  const pid_t group_;
  std::vector<Held> held_;  // known, and alive when last looked at
  Progress progress_;
  const std::string mark_;
  const Guard& successor_;
};

}  // namespace covenv::supervise
