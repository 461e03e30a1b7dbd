// SPDX-License-Identifier: MIT
// The one decision of the exec and spawn families.
#pragma once

#include "shim/proc/executable_file.h"

namespace covenv {

/// Starts `program`: calls `call(context, environment)`, and returns its result. `environment` is
/// the caller's (`envp`) plus the carried entries that it lacks; on any doubt `envp` itself. Its
/// memory is on the stack below this call.
///
/// Before an exec in place a measured process saves. The start is recorded in the session. If the
/// kernel finds the environment too big, `call` is called once more, with `envp`.
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
