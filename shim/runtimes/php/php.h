// SPDX-License-Identifier: MIT
// PHP: the coverage of php-code-coverage, written by the function that the user has registered for
// it.
//
// Measures: a program called php with pcov or Xdebug in it, in which at the time of the ask a
//   CodeCoverage runs. Only PHP code can tell, so a process with a shutdown function is asked.
// Saves: on the main thread, by the one shutdown function that is proven to be the coverage's: a
//   closure from the file of auto_prepend_file that holds the running CodeCoverage. In the ask's
//   handler if the thread waits in the kernel, because nothing of Zend is half done then; else
//   where Zend looks at its interrupts, at loops and calls. No other shutdown function, no
//   destructor and no output buffer of the program runs, and nothing is printed.
// Cannot save: without such a closure, because PHP's list of shutdown functions does not tell the
//   coverage's from the program's; while C code computes without an end of its function.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::php {

/// In a program that is called php. Calls `arm_later` when PHP has read its settings, if these let
/// PHP measure.
void watch_start(SaverArmer arm_later);
bool measures_now();
void save_where_interrupted(const Interruption& where, SaveEnd end);
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread();

}  // namespace covenv::php
