// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "wrapper/sigforward/ladder.h"

namespace covenv::sigforward {

inline constexpr const char* kGuardName = "sigfwd-guard";

// What the wrapper has done so far, for the guard to go on from.
struct Progress {
  explicit Progress(const Ladder& ladder) : escalation(ladder) {}

  Escalation escalation;
  bool rest_asked = false;  // those outside the command's group have been sent the first signal
};

// The process that outlives a SIGKILL of the wrapper. It is nobody's child but init's, has a
// session of its own, no descriptor of ours but its end of a socket, and waits for what comes on
// that:
//   a pidfd of the command  it is known from now on; sent by the child itself before it executes
//                           the command, so that no moment exists in which the command runs unknown
//   a pidfd of another      one that is left when the command has ended: to be ended as well
//   progress                what the wrapper has sent, and when the grace is over
//   goodbye                 the guard exits
//   the end of the stream   the wrapper was killed: the ladder for the command's group and all that
//                           descends from it, then SIGKILL; it exits as soon as all are gone. Where
//                           the wrapper had begun with the ladder, it goes on from there.
// The command gets its first signal from the kernel (start_child), and is asked again at half of
// the grace, at the latest after 10 s.
class Guard {
 public:
  // Forks the guard. All signals are blocked, and stay so in the guard. `argv` is main's: the guard
  // wipes its copies of the command line and environment, so that those who search /proc for the
  // command's (pkill -f, mirakuru) do not take it for the command.
  // Not running where no process could be forked, nor as PID 1, with which the kernel ends
  // everything.
  static Guard start(const Ladder& ladder, const std::string& mark, char** argv);
  static Guard none() { return Guard(-1); }
  [[nodiscard]] bool runs() const { return socket_ >= 0; }

  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  // Moves are all that start() needs; no destructor: closing the socket is the message, and exec
  // and exit do that.
  Guard(Guard&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  Guard& operator=(Guard&&) = delete;
  ~Guard() = default;

  // In the child, before exec: makes it known, and the process group that is its own (0: none).
  // Where that fails (no guard, no pidfds) the command runs all the same.
  void watch_this_process(pid_t group) const;

  // In the wrapper.
  void watch(pid_t pid, int pidfd) const;
  void note(const Progress& progress) const;
  void dismiss() const;  // all is gone

 private:
  explicit Guard(int socket) : socket_(socket) {}
  int socket_;
};

}  // namespace covenv::sigforward
