// SPDX-License-Identifier: MIT
// What the library knows of the process it is in.
#pragma once

#include <string_view>

#include "shim/core/remembered.h"
#include "shim/core/settings.h"

namespace covenv {

/// Static storage, set once by the constructor or by the first hook that runs before it.
struct Runtime {
  bool inert = true;  ///< COVENV_DISABLE, AT_SECURE, or no environment: every hook is libc
  Settings settings;
  std::string_view own_path;  ///< our entry for LD_PRELOAD, ends with a NUL; see own_path.h
};

/// Set up by the first call, if the constructor has not run yet.
const Runtime& runtime();

/// Apart from the rest, so that it costs no page of the file.
Remembered& remembered();

/// Sets the runtime up, once. `arguments`: the process's, NULL-terminated; nullptr: unknown.
void start_runtime(const char* const* arguments);

/// What there is to do then. Defined by start.cc, which is above all rooms.
void set_up(Runtime& runtime, const char* const* arguments);

}  // namespace covenv
