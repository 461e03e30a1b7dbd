// SPDX-License-Identifier: MIT
// The one decision of the exec and spawn families.
#pragma once

#include "shim/proc/executable_file.h"

namespace covenv {

/// Starts `program`: calls `call(context, environment)`, and returns its result. `environment` is
/// what the caller gave (`envp`) and what the child lacks of it; on any doubt `envp` itself. The
/// memory of `environment` lives on the stack below this call.
///
/// Before an exec in place a measured process saves, and the start is told in the session. If the
/// kernel finds the environment too big, `call` is made once more with `envp`.
int start_program(const Program& program, char* const* envp,
                  int (*call)(void* context, char* const* environment), void* context);

/// The same for a lambda `int(char* const* environment)`.
template <typename Call>
int start_program(const Program& program, char* const* envp, Call call) {
  return start_program(
      program, envp,
      [](void* context, char* const* environment) {
        return (*static_cast<Call*>(context))(environment);
      },
      &call);
}

}  // namespace covenv
