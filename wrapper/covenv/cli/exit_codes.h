// SPDX-License-Identifier: MIT
#pragma once

namespace covenv {

// Those of env(1) and timeout(1): a command's own status stays what it is.
inline constexpr int kExitLoss = 3;  // with --fail-on-loss
inline constexpr int kExitFailure = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

inline constexpr const char* kExitStatusHelp =
    "Exit status of `covenv run`: the command's own; 125 where covenv itself failed or was called "
    "wrongly,\n126 where the command cannot be executed, 127 where it was not found.";

}  // namespace covenv
