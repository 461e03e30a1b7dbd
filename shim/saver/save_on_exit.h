// SPDX-License-Identifier: MIT
// A measured process that ends itself, or becomes another program, without passing by atexit.
#pragma once

#include "shim/proc/executable_file.h"

namespace covenv {

/// Saves, if this is the process that is measured and not a child of it on its way to an exec.
void save_before_leaving();

/// The same before a signal that ends this process and that it sends itself; it may be in a
/// handler.
void save_before_raising();

/// The same for an exec in place, and only where the program can be executed: a search along PATH
/// makes several attempts.
void save_before_exec(const Program& program);

}  // namespace covenv
