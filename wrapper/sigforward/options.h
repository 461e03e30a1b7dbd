// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "wrapper/supervise/request/request.h"

namespace covenv::sigforward {

/// What the command line and the environment ask for.
struct Options {
  enum class Action { kRun, kHelp, kVersion, kReject };

  Action action = Action::kRun;
  supervise::Request request;  ///< kRun: its command is the tail of argv
  std::string complaint;       ///< kReject: one line, what is wrong and how to put it right
};

/// The value of an environment variable, or null.
using Lookup = const char* (*)(const char* name);

/// Each option has its variable, SIGFORWARD_GRACE for --grace; an empty one counts as unset, and an
/// option wins over it. What the result points at is argv's and the environment's. Not thread-safe
/// (getopt).
Options parse_options(int argc, char** argv, Lookup variable);

}  // namespace covenv::sigforward
