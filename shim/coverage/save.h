// SPDX-License-Identifier: MIT
// coverage.Coverage.current().save(), from C.
#pragma once

struct PyObject;

namespace covenv {

class PyRef;

/// To be called once before the others, with the GIL held. False where Python refused.
bool prepare_python_save();

/// Takes the GIL, saves, and calls `then` with it still held and with whether all that was measured
/// is in the data file. Waits for the GIL as long as it takes; where the interpreter is being
/// shut down, when its own exit has saved already, it only calls `then`.
void save_python(void (*then)(void* context, bool saved), void* context);

/// The module. Also after the program has dropped it from sys.modules, if any function here has
/// seen it before. Borrowed; nullptr: it was never imported. The GIL is held.
PyObject* known_coverage();

/// coverage's own list of the coverage.Coverages that run, the last of which is current; empty
/// where there is none. The GIL is held.
PyRef running_coverages();

/// Whether coverage has been imported. The GIL is held.
bool has_coverage();

/// Whether a coverage.Coverage is current. The GIL is held.
bool is_python_measured();

}  // namespace covenv
