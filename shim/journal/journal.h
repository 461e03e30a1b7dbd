// SPDX-License-Identifier: MIT
// The journal: what coverage records is written, as it is recorded, into a file in memory that
// outlives this process. A process with a journal need not be asked to save, and is not.
//
// Each coverage.Coverage that measures has a journal of its own. All functions are called with the
// GIL held, and not in a handler or a vfork child.
#pragma once

struct PyObject;

namespace covenv {

/// What coverage does here.
enum class Measuring : unsigned char {
  kNothing,
  kWithJournal,  ///< all that measures has one
  kWithout,      ///< something measures and cannot have one: it is to be asked
};

/// Gives a journal to each Coverage that measures here and has none. `is_starting`: one may be
/// about to, and is looked for among the callers of the running code. `if_lost` is called when a
/// journal can no longer be written.
Measuring follow_coverages(bool is_starting, void (*if_lost)());

/// In a child of os.fork(): its journals are its own from now on.
void leave_journals_to_parent();

/// Takes room ahead, before the process may make no system call of ours; and if it can after
/// all.
void reserve_journals();
void release_journals();

/// The data file of the first Coverage with a journal, a bytes object; borrowed.
PyObject* data_file_of_journals();

/// "COVENV_RUN=..." for children; nullptr if this process has no journal.
const char* run_of_journals();

}  // namespace covenv
