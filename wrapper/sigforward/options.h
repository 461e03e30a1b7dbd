// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "wrapper/sigforward/ladder.h"
#include "wrapper/sigforward/signal_map.h"

namespace covenv::sigforward {

// What the command line and the environment ask for.
struct Options {
  enum class Action { kRun, kHelp, kVersion, kReject };
  enum class Status { kReal, kKill };

  Action action = Action::kRun;
  Ladder ladder;
  SignalMap map;
  Status status = Status::kReal;
  bool guard = true;
  bool with_parent = false;
  bool subreaper = true;
  bool preload = true;
  bool new_session = false;
  bool foreground = false;
  bool verbose = false;
  const char* log = nullptr;      // a file, or null
  const char* pidfile = nullptr;  // a file, or null
  int ready_fd = -1;
  char** command = nullptr;  // kRun: the tail of argv, at least one entry, ends with a null pointer
  std::string complaint;     // kReject: one line, what is wrong and how to put it right
};

// The value of an environment variable, or null.
using Lookup = const char* (*)(const char* name);

// Each option has its variable, SIGFORWARD_GRACE for --grace; an empty one counts as unset, and an
// option wins over it. What the result points at is argv's and the environment's. Not thread-safe
// (getopt).
Options parse_options(int argc, char** argv, Lookup variable);

// Those for one wrapper alone: a wrapper below it must not find them.
inline constexpr const char* kOwnVariables[] = {"SIGFORWARD_PIDFILE", "SIGFORWARD_READY_FD"};

extern const std::string_view kHelp;

}  // namespace covenv::sigforward
