// SPDX-License-Identifier: MIT
// Targets: processes that look measured to a killer. They carry the mark, catch the ask, count the
// asks, and die of the killer's signal. Without the library no killer asks them.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

namespace transparency {

using nlohmann::json;

// How many targets of the running case have been asked. The counter is in shared memory.
std::atomic<int>& asked_count();

struct Setup {
  pid_t group = 0;                      // the group to join; 0: a group of its own
  bool can_be_asked = true;             // false: looks unmeasured
  bool dawdles = false;                 // waits for `go` between the ask and its death
  std::function<void()> first = [] {};  // runs before the target reports that it is ready
  std::function<void()> then = [] {};   // runs after that; then the target waits
};

struct AskedTarget {
  pid_t pid;
  int said;  // gives one byte when the target is asked, and the end of file when it is dead
  int go;    // one byte into this, or closing it, lets a dawdling target die
};

AskedTarget start_target(const Setup& setup = {});
void let_go(const AskedTarget& target);

[[noreturn]] void stay();
void say(int fd);
bool hears(int fd);  // waits for a byte; false at the end of file

// Both signal past the library. end() kills, reaps, and returns the wait status.
void raw_kill(pid_t pid, int signal);
int end(pid_t pid);

// Waits for a child, and returns its wait status; -1 if the process is no child of this one.
int status_of(pid_t pid);

// Runs `see` in a forked child. Returns the result, and how the child ended.
json seen_by_child(const std::function<json()>& see);

// The id of a thread of the process that is not its leader.
pid_t other_thread_of(pid_t pid);

// Waits until /proc/<pid>/status shows this state letter.
void await_state(pid_t pid, char state);

}  // namespace transparency
