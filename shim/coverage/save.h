// SPDX-License-Identifier: MIT
// coverage.Coverage.current().save(), from C.
#pragma once

struct PyObject;

namespace covenv {

class PyRef;

/// To be called once, before the others, with the GIL held. False if the source does not compile.
bool prepare_python_save();

/// Takes the GIL, saves, and calls `then` with the GIL held. `saved`: all that was measured is in
/// the data file. Waits for the GIL without a bound. If the interpreter is being shut down, only
/// calls `then`, because coverage saves by itself at that time.
void save_python(void (*then)(void* context, bool saved), void* context);

/// The module, even if the program has dropped it from sys.modules since a function here saw it.
/// Borrowed; nullptr if it was never imported. The GIL is held.
PyObject* known_coverage();

/// coverage's own list of the coverage.Coverages that run, the last of which is current; an empty
/// reference if there is no such list. The GIL is held.
PyRef running_coverages();

/// Whether coverage is in sys.modules. The GIL is held.
bool has_coverage();

/// Whether a coverage.Coverage is current. The GIL is held.
bool is_python_measured();

}  // namespace covenv
