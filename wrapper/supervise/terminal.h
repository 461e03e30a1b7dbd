// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

namespace covenv::supervise {

// The controlling terminal, and who has it. The command has a process group of its own, so it can
// read the terminal, and gets what the keys send, only while that group is the foreground group.
// Two cases:
//   the wrapper leads the foreground group  it is the job; the command gets the terminal at once
//   it is a member of it                    another program has the terminal (pytest, with the
//   wrapper
//                                           as its child): the command gets it when it asks for it,
//                                           that is, when it is stopped by SIGTTIN or SIGTTOU
// All signals are blocked: SIGTTOU would stop whoever hands the terminal over from the background.
class Terminal {
 public:
  Terminal();  // of this process; exists() is false without a controlling terminal
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  [[nodiscard]] bool exists() const { return fd_ >= 0; }
  // Whether the wrapper's own group has the terminal.
  [[nodiscard]] bool is_ours() const;
  // Whether it is ours, and the wrapper is the one to hand it on unasked.
  [[nodiscard]] bool is_ours_to_give() const;
  // Whether `group` has it.
  [[nodiscard]] bool is_with(pid_t group) const;
  void give_to(pid_t group) const;
  // Takes it back from the command's group, and from nobody else.
  void take_back_from(pid_t group) const;

 private:
  int fd_;
};

}  // namespace covenv::supervise
