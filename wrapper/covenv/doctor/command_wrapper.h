// SPDX-License-Identifier: MIT
// Programs that run the command which follows on their own command line: env, timeout, sudo.
#pragma once

#include <optional>
#include <string>

#include "wrapper/covenv/doctor/shell_line.h"

namespace covenv::doctor {

struct Wrapped {
  Words command;
  Words assignments;                 ///< that the wrapper adds to the command's environment
  std::string folder = {};           ///< in which the command runs; empty: the wrapper's
  bool has_path_of_its_own = false;  ///< the command is looked for along another PATH
};

/// The command that `command` wraps once; nullopt if `command` is no such program, or wraps none.
std::optional<Wrapped> without_wrapper(const Words& command);

}  // namespace covenv::doctor
