// SPDX-License-Identifier: MIT
#pragma once

namespace covenv {

/// Those of env(1) and timeout(1): a command's own status stays what it is.
inline constexpr int kExitFailure = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

}  // namespace covenv
