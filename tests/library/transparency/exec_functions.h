// SPDX-License-Identifier: MIT
// Every function that starts a program from an argument vector, with one signature.
#pragma once

#include <span>

#include "scene.h"

namespace transparency {

struct ExecFunction {
  const char* name;
  bool searches_path;
  bool takes_environment;
  bool replaces;
  bool variadic;
  // Makes the call. A function that takes no environment ignores `envp`. Spawned children are
  // waited for.
  void (*call)(Result& result, const char* path, char* const* argv, char* const* envp);
};

std::span<const ExecFunction> exec_functions();

// The lengths of argument lists that execl, execlp and execle can be called with here.
constexpr size_t kShortArguments = 6;
constexpr size_t kLongArguments[] = {33, 100, 101, 5000};

}  // namespace transparency
