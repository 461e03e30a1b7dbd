// SPDX-License-Identifier: MIT
// Saves in a measured process that ends itself, or executes another program, without atexit.
#pragma once

#include "shim/proc/executable_file.h"
#include "shim/runtimes/runtimes.h"

namespace covenv {

/// Saves, if the saver is this process's and the thread holds the GIL, which is given up for good.
/// A thread without the GIL may be in a forked child, on its way to an exec.
void save_before_leaving(int status);

/// Saves before abort(), if the program and not its runtime has called it, at `site`.
void save_before_aborting(const CallSite& site);

/// Saves before a runtime ends the process by a function of its own.
void save_before_halting();

/// Saves before this process sends a signal that ends it to itself. May be called in a handler.
/// True: the signal is not to be sent, because the process saves as soon as the caller's handler
/// has returned, and dies of the signal then.
bool save_before_raising(int signal);

/// To be called if the process lives on after it has sent itself that signal.
void go_on_after_raising();

/// Whether the program, and not a handler of crashes, has called kill() with this return address.
bool is_sent_by_program(const void* return_address);

/// Saves before an exec in place, if the thread holds the GIL, and restores the parent-death
/// signal. Only if the file can be executed, because a search along PATH makes several attempts.
void save_before_exec(const Program& program);

}  // namespace covenv
