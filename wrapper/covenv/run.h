// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace covenv {

/// `covenv run`: becomes `command` with libcovenv.so preloaded, so that pid, signals, terminal and
/// exit status are the command's own. Returns only where that failed: one of exit_codes.h, the
/// reason on stderr. A COVENV_* variable that makes no sense is named there too; the command runs
/// all the same.
int run(std::vector<std::string> command);

}  // namespace covenv
