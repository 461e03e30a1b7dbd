// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "wrapper/supervise/request/ladder.h"
#include "wrapper/supervise/request/signal_map.h"

namespace covenv::supervise {

/// Which command is run, and what is done to it. sigforward fills it from its command line, `covenv
/// run` by itself. Strings belong to the caller.
struct Request {
  enum class Status {
    kReal,  ///< the wrapper ends as the command ended
    kKill,  ///< by SIGKILL, if a signal to the wrapper began the command's end
  };

  char** command = nullptr;  ///< at least one entry, ends with a null pointer
  Ladder ladder;
  SignalMap map;
  Status status = Status::kReal;
  bool guard = true;              ///< a process ends the command if the wrapper is killed
  bool with_parent = false;       ///< the command is asked to end when the wrapper's parent has
  bool subreaper = true;          ///< orphaned descendants become the wrapper's children
  bool preload = true;            ///< the command gets libcovenv.so
  bool new_session = false;       ///< the command leads a session of its own
  bool foreground = false;        ///< the command stays in the wrapper's process group
  bool trace = false;             ///< the counters are read when the command ends, however
  bool ends_rest = true;          ///< what the command leaves behind is ended, and awaited
  bool verbose = false;           ///< what happens is told on stderr
  const char* log = nullptr;      ///< a file for the same, or null
  const char* pidfile = nullptr;  ///< a file, or null
  int ready_fd = -1;              ///< gets the command's pid once the command runs
  std::vector<std::string> removed_if_killed;  ///< files and empty folders, in this order
  /// The command runs; all signals are blocked.
  std::function<void(pid_t command)> started = nullptr;
};

}  // namespace covenv::supervise
