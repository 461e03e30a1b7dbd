// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

namespace covenv::supervise {

/// The controlling terminal, and which process group has it. The command has a process group of its
/// own, so it can read the terminal, and gets the signals of keys, only while its group is the
/// foreground group. Two cases:
///   the wrapper leads the foreground group   the wrapper is the job; the command gets the terminal
///                                            at once
///   the wrapper is a member of that group    another program has the terminal (pytest, whose child
///                                            the wrapper is); the command gets the terminal when
///                                            it is stopped by SIGTTIN or SIGTTOU
/// All signals are blocked by the caller, because SIGTTOU would stop a process that hands the
/// terminal over from the background.
class Terminal {
 public:
  /// This process's terminal; exists() is false if it has none.
  Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  bool exists() const { return fd_ >= 0; }
  /// True if the wrapper's own group has the terminal.
  bool is_ours() const;
  /// True if the wrapper leads the group that has the terminal, so that it may hand the terminal on
  /// unasked.
  bool is_ours_to_give() const;
  /// True if `group` has the terminal.
  bool is_with(pid_t group) const;
  void give_to(pid_t group) const;
  /// Takes the terminal back if the command's group has it.
  void take_back_from(pid_t group) const;

 private:
  int fd_;
};

}  // namespace covenv::supervise
