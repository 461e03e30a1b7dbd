// SPDX-License-Identifier: MIT
// Processes that look like measured ones to a killer: they carry the mark, catch the ask, count
// that they were asked, and die of the signal that was wanted. Without the library nobody asks
// them.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

namespace transparency {

using nlohmann::json;

// How many targets of the running case have been asked; in memory that all of them share.
std::atomic<int>& asked_count();

struct Setup {
  pid_t group = 0;                      // the group to join; 0: leads its own
  bool can_be_asked = true;             // false: a process that nobody measures
  bool dawdles = false;                 // once asked, it waits for `go` before it dies
  std::function<void()> first = [] {};  // what it does before it says that it is ready
  std::function<void()> then = [] {};   // and what after that; it stays when this returns
};

struct AskedTarget {
  pid_t pid;
  int said;  // gives one byte as soon as it is asked, and the end of file when it is dead
  int go;    // one byte there, or its end, lets a target that dawdles die
};

AskedTarget start_target(const Setup& setup = {});
void let_go(const AskedTarget& target);

[[noreturn]] void stay();
void say(int fd);
bool hears(int fd);  // waits for a byte; false at the end of file

// Not seen by the library. `end` reaps as well, and tells the status.
void raw_kill(pid_t pid, int signal);
int end(pid_t pid);

// Waits for a child of ours; -1 where it is none.
int status_of(pid_t pid);

// What a forked child sees, and how it ends.
json seen_by_child(const std::function<json()>& see);

// The tid of a thread that is not the leader.
pid_t other_thread_of(pid_t pid);

// Waits until /proc/<pid>/status says this state.
void await_state(pid_t pid, char state);

}  // namespace transparency
