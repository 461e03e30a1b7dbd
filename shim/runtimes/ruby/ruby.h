// SPDX-License-Identifier: MIT
// Ruby (MRI): the coverage of SimpleCov, stored beside the results of other processes.
//
// Measures: a program called ruby in which Coverage runs at the time of the ask, because Ruby code
//   starts Coverage, and no argument tells. A process with none dies at once.
// Saves: in a postponed job, which the Ruby thread that runs next executes between two
//   instructions, with the lock of the interpreter (GVL). Threads that wait in the kernel are woken
//   by SIGVTALRM, by which Ruby wakes its threads as well. Other Ruby threads stop at their next
//   line meanwhile. SimpleCov's at_exit does not run: no formatter, no minimum.
// Cannot save: while C code computes, or waits for a lock, without a look at Ruby's interrupts (an
//   extension that keeps the GVL), if no Ruby thread is left that SIGVTALRM wakes (all wait for
//   locks or queues), and what measures by plain Coverage, which has no file.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::ruby {

/// In a program that is called ruby.
bool measures(const ProgramStart& start);
/// Whether RUBYOPT names what seems to start Coverage.
bool is_told_to_measure();
bool measures_now();
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread();

}  // namespace covenv::ruby
