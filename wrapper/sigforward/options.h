// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace covenv::sigforward {

// What the command line asks for.
struct Options {
  enum class Action { kRun, kHelp, kVersion, kReject };

  Action action = Action::kRun;
  std::int64_t grace = 1'000'000'000;  // nanoseconds, or kForever
  bool verbose = false;
  char** command = nullptr;  // kRun: the tail of argv, at least one entry, ends with a null pointer
  std::string complaint;     // kReject: one line, what is wrong and how to put it right
};

// `grace_variable` is the value of SIGFORWARD_GRACE, null where it is unset; an empty one counts as
// unset, and --grace wins over it. Reads nothing else of the process. Not thread-safe (getopt).
Options parse_options(int argc, char** argv, const char* grace_variable);

extern const std::string_view kHelp;

}  // namespace covenv::sigforward
