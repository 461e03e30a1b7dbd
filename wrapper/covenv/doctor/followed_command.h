// SPDX-License-Identifier: MIT
// What a command leads to: through env, timeout, make, shell scripts and the like to the command
// that starts the tests.
#pragma once

#include <string>
#include <vector>

#include "wrapper/covenv/doctor/finding.h"
#include "wrapper/covenv/doctor/shell_line.h"

namespace covenv::doctor {

struct Followed {
  Words command;
  std::string where;      ///< the line that holds the command; empty: as it was given
  bool is_guess = false;  ///< the command's programs may be others than along this PATH
};

/// Changes the environment and the folder of this process to those of the command at the end. Adds
/// the findings about each command on the way.
Followed follow(const Words& given, std::vector<Finding>& findings);

}  // namespace covenv::doctor
