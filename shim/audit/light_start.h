// SPDX-License-Identifier: MIT
// The light start: coverage's C tracer, or its code for sys.monitoring, measures without the
// package coverage (coverage/light.py). What it records has a journal, and becomes a data file at
// the end of the interpreter. Whole coverage takes it over if the program imports coverage, or on a
// doubt. All with the GIL.
#pragma once

#include "shim/audit/late_start.h"
#include "shim/python/python_object.h"

namespace covenv {

/// Loads the tracer and opens its journal: before the program begins, because it may limit itself.
/// The second call only says whether the first one did it. Returns false if whole coverage has to
/// start. `promote`: makes whole coverage take over at once, and returns whether it does.
/// `if_lost`: the journal can no longer be written.
bool prepare_light(const AtStart& at_start, bool (*promote)(), void (*if_lost)());

/// Starts the tracer on this thread. Returns false if whole coverage has to start.
bool start_light();

/// sys.monitoring concerns all threads, so that the thread which runs the first code of the source
/// may start it.
bool can_start_light_on_any_thread();

/// To be called when whole coverage starts in the place of what is prepared.
void drop_light();

bool is_light();

/// To be called before a thread starts, because the program may have imported threading by then.
void let_light_follow_threads();

/// The Light that has loaded the tracer, for coverage/start.py; None if there is none. Borrowed.
PyObject* running_light();

/// To be called before a trace function changes while the prepared tracer does not run yet.
void note_change_before_light();

/// Records soon, on the main thread, whether the program has taken the tracer away, or has given it
/// back. Called if a trace function changes.
void look_for_a_stop_of_light_soon();

/// Whether the coverage that the program imports is that of the run. `file`: of the package's code,
/// which is about to run, or None if the import is still to find the file.
bool is_coverage_of_run(PyObject* file);

/// To be called when whole coverage has taken over.
void leave_light();

}  // namespace covenv
