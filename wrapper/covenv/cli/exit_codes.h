// SPDX-License-Identifier: MIT
#pragma once

#include "wrapper/common/exit_codes.h"

namespace covenv {

inline constexpr int kExitLoss = 3;  ///< with --fail-on-loss

inline constexpr const char* kExitStatusHelp =
    "Exit status of `covenv run`: the command's own; 125 if covenv itself failed or was called "
    "wrongly,\n126 if the command cannot be executed, 127 if it was not found.";

}  // namespace covenv
