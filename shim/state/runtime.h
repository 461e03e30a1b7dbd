// SPDX-License-Identifier: MIT
// What the library knows of the process it is in.
#pragma once

#include <string_view>

#include "core/remembered.h"
#include "core/settings.h"

namespace covenv {

/// Static storage, set once by the constructor or by the first hook that runs before it.
struct Runtime {
  bool inert = true;  ///< COVENV_DISABLE, AT_SECURE, or no environment: every hook is libc
  Settings settings;
  std::string_view own_path;  ///< our entry for LD_PRELOAD, ends with a NUL; see own_path.h
};

const Runtime& runtime();

/// Apart from the rest, so that it costs no page of the file.
Remembered& remembered();

/// What this process offers to children that nobody configured (audit.h): carried like the
/// variables of its environment, and after them.
Remembered& offered();

}  // namespace covenv
