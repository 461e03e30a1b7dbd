// SPDX-License-Identifier: MIT
// Perl: the coverage of Devel::Cover, written as a run into its database.
//
// Measures: a program called perl that is told -MDevel::Cover by PERL5OPT or by its arguments.
// Saves: on the main thread, because the interpreter belongs to that thread. In the ask's handler
//   if the thread waits in the kernel, because nothing of the C library is half done then; else
//   where Perl handles signals, between two operations. %SIG does not show that. No END block runs,
//   and nothing is printed.
// Cannot save: while C code computes without an end of its operation (crypt, XS code), while
//   the main thread waits for a lock (threads::join), with PERL_SIGNALS=unsafe while Perl computes.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::perl {

/// In a program that is called perl, so its arguments are known.
bool measures(const ProgramStart& start);
void save_where_interrupted(const Interruption& where, SaveEnd end);
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread();

}  // namespace covenv::perl
