// SPDX-License-Identifier: MIT
// The one decision of the exec and spawn families: what the child's environment becomes.
#pragma once

#include "shim/proc/executable_file.h"

namespace covenv {

/// Calls `call(context, environment)` once, with the environment that `program` gets where the
/// caller gave `envp`, and returns its result. On any doubt that is `envp` itself. What is passed
/// lives on the stack below this call.
int call_with_environment(const Program& program, char* const* envp,
                          int (*call)(void* context, char* const* environment), void* context);

/// The same for a lambda `int(char* const* environment)`.
template <typename Call>
int with_child_environment(const Program& program, char* const* envp, Call call) {
  return call_with_environment(
      program, envp,
      [](void* context, char* const* environment) {
        return (*static_cast<Call*>(context))(environment);
      },
      &call);
}

}  // namespace covenv
