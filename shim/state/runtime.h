// SPDX-License-Identifier: MIT
// What the library knows of its own process.
#pragma once

#include <string_view>

#include "shim/core/remembered.h"
#include "shim/core/settings.h"

namespace covenv {

/// Static storage, set once by the constructor or by the first hook that runs before it.
struct Runtime {
  bool inert = true;  ///< COVENV_DISABLE, AT_SECURE, or no environment: hooks only call libc
  Settings settings;
  std::string_view own_path;  ///< our entry for LD_PRELOAD, ends with a NUL: loader/library_path.h
};

/// The first call sets the runtime up, if the constructor has not run yet.
const Runtime& runtime();

/// A static of its own, outside of Runtime, so that it takes no room in the library's file.
Remembered& remembered();

/// Sets the runtime up, once. `arguments`: the process's, NULL-terminated; nullptr: unknown.
void start_runtime(const char* const* arguments);

/// Called by start_runtime(). Defined in start.cc, because it uses rooms above this one.
void set_up(Runtime& runtime, const char* const* arguments);

}  // namespace covenv
