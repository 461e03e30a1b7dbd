// SPDX-License-Identifier: MIT
// Starts coverage as late as possible: in a child whose environment says which code is measured
// (core/source_spec.h), coverage starts when code of it is about to run. A child that runs none
// costs what it costs without coverage.
#pragma once

#include "shim/audit/moment.h"
#include "shim/python/python_object.h"

namespace covenv {

/// Called before the interpreter copies its environment. If coverage can start late, its variables
/// are hidden from that copy until the program begins, because .pth files would start coverage.
void hide_configuration();

/// Whether the variables are hidden from libc, too, because the copy is still to be made.
bool is_configuration_hidden();

/// Called at audit events while is_configuration_hidden(). Returns true if the copy has been made,
/// and the wait begins.
bool show_configuration();

/// Whether a program embeds CPython. Such a program may run code by functions of C that make no
/// event, as PyEval_EvalCode().
bool is_embedded();

/// Whether coverage is still to start.
bool is_waiting_for_source();

/// Whether this event makes coverage start, because it may not start later without a difference:
/// code that may be measured runs; a thread or a child of os.fork() starts, which would not be
/// measured; the program watches audit events, or imports coverage.
bool ends_wait(Moment moment, PyObject* arguments);

/// Tells the session of the first files outside of the source that run; none of Python's standard
/// library. `arguments`: of kCodeRuns.
void note_code_outside(PyObject* arguments);

/// Whether the program may make other interpreters from now on. CPython before 3.14 crashes if one
/// of them is the first to import an extension module. 3.13 has no event of a new interpreter, only
/// of the import of the module that makes it.
bool makes_interpreters(Moment moment, PyObject* arguments);

/// If the program is about to import coverage: the file of the package, or None if the import is
/// still to find the file. Else empty.
PyRef met_coverage(Moment moment, PyObject* arguments);

/// Whether coverage may start on the calling thread: only on the main one, because coverage
/// measures the thread on which it starts.
bool can_start_here();

/// Puts the hidden variables back into os.environ. Called when the program begins, also after the
/// end of the wait, because a .pth file would print why coverage does not start.
void put_configuration_back();

/// Registers an exit function before the program registers any: coverage would have registered its
/// own by now.
void keep_place_at_exit();

/// Whether there is such a place for coverage that starts now; and gives the place to the coverage
/// that has started.
bool has_place_at_exit();
void use_place_at_exit();
/// The same for `function`, which is called with nothing. `stop`: a function that is called before,
/// or empty; while `function` runs after it, no trace or profile function is called.
void use_place_at_exit(PyRef function, PyRef stop);

/// The process as it was when it started. Borrowed.
struct AtStart {
  PyObject* variables;  ///< a dict of bytes
  PyObject* folder;     ///< the current one: bytes, or None if it has no path
};

/// Valid while coverage waits, and at the end of the wait.
const AtStart& start_of_process();

void end_wait();

}  // namespace covenv
