// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "wrapper/supervise/guard/guard_link.h"
#include "wrapper/supervise/processes/members.h"
#include "wrapper/supervise/processes/trace.h"

namespace covenv::supervise {

/// A process that is known, held by a pidfd.
struct HeldProcess {
  pid_t pid;
  int pidfd;
  bool under_other_wrapper = false;  ///< as in Member
  bool is_asked = false;             ///< the first signal was sent to it
  bool is_told = false;              ///< the session knows that it is killed
};

/// A command whose wrapper was killed, as the guard ends it.
class OrphanedCommand {
 public:
  /// `group` of 0: the command has no process group of its own. `is_traced`: the wrapper has traced
  /// the command, so that the kernel sends it no signal; this process traces it now. `others`: the
  /// other processes that the wrapper knew. `successor`: the second guard, which is told of each
  /// step in case this process is killed as well; not owned.
  OrphanedCommand(const HeldProcess& command, pid_t group, bool is_traced,
                  std::vector<HeldProcess> others, const Progress& progress, std::string mark,
                  const GuardLink& successor)
      : command_(command),
        group_(group),
        is_traced_(is_traced),
        held_(std::move(others)),
        progress_(progress),
        mark_(std::move(mark)),
        successor_(successor) {
    held_.push_back(command);
  }

  /// Returns when all processes have ended, or cannot be ended. `wrapper` may be about to end
  /// still.
  void end(pid_t wrapper);

 private:
  /// Until the kernel has sent the command its signal.
  void await_end_of(pid_t wrapper) const;
  /// `in_doubt`: the kernel may not have sent the first signal to the command.
  void ask_first(bool in_doubt);
  void end_doubt();
  void collect();
  void collect_in(const Scope& scope, bool under_other_wrapper);
  static void send(const HeldProcess& held, int signal);
  void wake(const HeldProcess& held) const;
  void send_to_all(int signal);
  void send_to_group(int signal) const;
  void drop_ended();
  void begin_trace();
  void ask_command();
  /// Until a process has ended, the traced one has stopped, or the deadline has come.
  void wait(std::int64_t deadline);
  void kill_all();

  const HeldProcess command_;
  const pid_t group_;
  const bool is_traced_;
  std::vector<HeldProcess> held_;  ///< alive when last looked at
  Progress progress_;
  const std::string mark_;
  const GuardLink& successor_;
  Trace trace_;
  int signals_ = -1;  ///< tells stops of the traced command; -1: it is not traced
};

}  // namespace covenv::supervise
