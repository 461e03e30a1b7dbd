// SPDX-License-Identifier: MIT
// coverage.Coverage.current().save(), from C.
#pragma once

namespace covenv {

/// Takes the GIL, saves, and calls `then` with it still held. Waits for the GIL as long as it
/// takes; where the interpreter is being shut down, when its own exit has saved already, it only
/// calls `then`.
void save_python(void (*then)(void* context), void* context);

/// Saves with the GIL that this thread holds; does nothing where it does not hold it.
/// A pending exception stays pending; one that saving raises is dropped.
void save_python_here();

/// Whether a coverage.Coverage is current. The GIL is held.
bool is_python_measured();

}  // namespace covenv
