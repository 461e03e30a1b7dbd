// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace covenv::sigforward {

// The process that outlives a SIGKILL of the wrapper. It is nobody's child but init's, has a
// session of its own, no descriptor of ours but its end of a socket, and waits for what comes on
// that:
//   a pidfd of the command  it is known from now on; sent by the child itself before it executes
//   the
//                           command, so that no moment exists in which the command runs unknown
//   goodbye                 the guard exits
//   the end of the stream   the wrapper was killed: SIGTERM and SIGCONT to the command's group, the
//                           grace period, SIGKILL; it exits as soon as the group is empty. The
//                           leader gets its SIGTERM from the kernel (start_child), and is asked
//                           again at half of the grace, at the latest after 10 s
class Guard {
 public:
  // Forks the guard. All signals are blocked, and stay so in the guard. `argv` is main's: the guard
  // wipes its copies of the command line and environment, so that those who search /proc for the
  // command's (pkill -f, mirakuru) do not take it for the command.
  // Not running where no process could be forked, nor as PID 1, with which the kernel ends
  // everything.
  static Guard start(std::int64_t grace, char** argv);

  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  // Moves are all that start() needs; no destructor: closing the socket is the message, and exec
  // and exit do that.
  Guard(Guard&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  Guard& operator=(Guard&&) = delete;
  ~Guard() = default;

  // In the child, before exec: makes it known. Where that fails (no guard, no pidfds) the command
  // runs all the same.
  void watch_this_process() const;

  // In the wrapper: the command and its group are gone.
  void dismiss() const;

 private:
  explicit Guard(int socket) : socket_(socket) {}
  int socket_;
};

}  // namespace covenv::sigforward
