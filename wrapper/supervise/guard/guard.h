// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "shim/core/duration.h"
#include "wrapper/supervise/request/ladder.h"

namespace covenv::supervise {

inline constexpr const char* kGuardName = "sigfwd-guard";

struct GuardMessage;

// What a killed wrapper leaves for the guard to find, and to remove.
struct Estate {
  std::string mark;  // of the processes (mark.h)
  std::string file;  // empty: none
};

// What the wrapper has done so far, for the guard to go on from.
struct Progress {
  explicit Progress(const Ladder& ladder) : escalation(ladder) {}

  Escalation escalation;
  bool rest_asked = false;  // those outside the command's group have been sent the first signal
  std::int64_t doubt_ends =
      kForever;  // when the command is asked that the kernel may not have asked
};

// The process that outlives a SIGKILL of the wrapper. It is the child of init, or of the next
// subreaper above the wrapper (double forks cannot pass that), has a session of its own, no
// descriptor of ours but its end of a socket, and waits for what comes on that:
//   a pidfd of the command  it is known from now on; sent by the child itself before it executes
//                           the command, so that no moment exists in which the command runs unknown
//   a pidfd of another      one that is left when the command has ended: to be ended as well
//   progress                what the wrapper has sent, and when the grace is over
//   goodbye                 the guard exits
//   the end of the stream   the wrapper was killed: the ladder for the command's group and all that
//                           descends from it, then SIGKILL; it exits as soon as all are gone. Where
//                           the wrapper had begun with the ladder, it goes on from there.
// There are two of them. The second is told the same, by the first as well, and its stream ends
// when both the wrapper and the first are gone: it is the guard of a wrapper whose guard was
// killed. The command gets its first signal from the kernel (start_child), and from the guard where
// the kernel sends none. Where that cannot be told, the guard asks at half of the grace, at the
// latest after 10 s.
class Guard {
 public:
  // Forks the guards. All signals are blocked, and stay so in them. `argv` is main's: they
  // wipe their copies of the command line and environment, so that those who search /proc for the
  // command's (pkill -f, mirakuru) do not take them for the command.
  // Not running where no process could be forked, nor as PID 1, with which the kernel ends
  // everything.
  static Guard start(const Ladder& ladder, const Estate& estate, char** argv);
  static Guard none() { return {-1, -1}; }
  [[nodiscard]] bool runs() const { return sockets_[0] >= 0; }

  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  // Moves are all that start() needs; no destructor: closing the sockets is the message, and exec
  // and exit do that.
  Guard(Guard&& other) noexcept = default;
  Guard& operator=(Guard&&) = delete;
  ~Guard() = default;

  // In the child, before exec: makes it known, and the process group that is its own (0: none).
  // Where that fails (no guard, no pidfds) the command runs all the same.
  void watch_this_process(pid_t group) const;

  // In the wrapper; and in the first guard, for the second.
  void watch(pid_t pid, int pidfd) const;
  void note(const Progress& progress) const;
  void dismiss() const;  // all is gone

 private:
  Guard(int first, int second) : sockets_{first, second} {}
  void tell(const GuardMessage& message, int fd = -1) const;
  [[noreturn]] static void stand_by(int socket, int second, const Ladder& ladder,
                                    const Estate& estate);

  int sockets_[2];  // -1: nobody is there
};

}  // namespace covenv::supervise
