// SPDX-License-Identifier: MIT
// The journal: a file in memory that outlives this process, into which all that coverage records is
// written at once. So a process with a journal need not be asked to save, and is not.
//
// Each coverage.Coverage that measures has a journal of its own. All functions are called with the
// GIL held, and not in a handler or a vfork child.
#pragma once

struct PyObject;

namespace covenv {

/// Whether coverage measures in this process, and what keeps its data.
enum class Measuring : unsigned char {
  kNothing,
  kWithJournal,  ///< each Coverage has a journal
  kWithout,      ///< a Coverage cannot have a journal, so the process has to be asked to save
};

/// Gives a journal to each Coverage that measures here and has none. `is_starting`: also looks for
/// one that is about to start, among the callers of the running code. `if_lost` is called when a
/// journal can no longer be written.
Measuring follow_coverages(bool is_starting, void (*if_lost)());

/// Gives a journal to a tracer that runs without a Coverage. `description`: as of describe() in
/// coverage/journal.py. Returns false if the tracer gets no journal.
bool follow_tracer(PyObject* description, void (*if_lost)());
/// If that tracer does not start after all.
void drop_journal_of_tracer();

/// To be called around the first follow_coverages() after a Coverage has taken over what that
/// tracer has recorded. The tracer's journal stays if the Coverage gets none.
void hand_journal_over();
void remove_journal_handed_over();

/// To be called in a child of os.fork(), which writes journals of its own from then on.
void leave_journals_to_parent();

/// Gives the journals room in advance, for a process that can make no system call of ours later;
/// and lets them grow again.
void reserve_journals();
void release_journals();

/// The data file of the first Coverage with a journal, a bytes object; borrowed.
PyObject* data_file_of_journals();

/// "COVENV_RUN=..." for children; nullptr if this process has no journal.
const char* run_of_journals();

}  // namespace covenv
