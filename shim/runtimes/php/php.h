// SPDX-License-Identifier: MIT
// PHP: the coverage of php-code-coverage, written by the function that the user has registered for
// it.
//
// Measures: a program called php whose settings let a driver (pcov, Xdebug) measure and name a file
//   in auto_prepend_file, in which at the time of the ask a CodeCoverage runs. Only PHP code can
//   tell, so a process with a shutdown function is asked. Any other PHP is left alone.
// Saves: on the main thread, by the one shutdown function that is proven to be the coverage's: a
//   closure from the file of auto_prepend_file that alone holds the running CodeCoverage. If PHP
//   has called that closure itself, at its normal end, the closure is finished. In the ask's
//   handler if the thread waits in the kernel, because nothing of Zend is half done then; else
//   where Zend looks at its interrupts, at loops and calls. No other shutdown function, no
//   destructor and no output buffer of the program runs, and nothing is printed.
//   A save is proven by a CodeCoverage that runs no more and by bytes that were written.
// Cannot save: without such a closure, because PHP's list of shutdown functions does not tell the
//   coverage's from the program's; while C code computes without an end of its function; on a small
//   stack (fiber.stack_size). Not before _exit(), which PHP calls in handlers and in children that
//   have failed to execute a program. A signal that PHP sends to itself is sent after the save, at
//   the next interrupt, because PHP's handlers send one at any instruction.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::php {

/// In a program that is called php. Calls `arm_later` when PHP has read its settings, if these let
/// PHP measure.
void watch_start(const ProgramStart& start, SaverArmer arm_later);
bool measures_now();
void save_where_interrupted(const Interruption& where, SaveEnd end);
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread();

}  // namespace covenv::php
