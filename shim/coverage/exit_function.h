// SPDX-License-Identifier: MIT
#pragma once

#include "shim/python/python_api.h"

namespace covenv {

/// Registers an exit function of the interpreter (coverage/waiting.py). Called before the program
/// begins, so that the function is the last one. With the GIL. `method` has to live as long as the
/// process. Returns whether the function is registered.
bool call_at_end(PythonMethod& method);

}  // namespace covenv
