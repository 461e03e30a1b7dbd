// SPDX-License-Identifier: MIT
// The saver: makes a process that is about to be killed save its coverage, and die of the very
// signal that its killer wanted. No other code of the program runs: no atexit, finally or handler.
#pragma once

#include <cstdint>

#include "shim/core/ending.h"
#include "shim/core/runtime_kind.h"
#include "shim/loader/libc.h"
#include "shim/runtimes/runtimes.h"
#include "shim/session/events.h"

namespace covenv {

/// For a process in which `kind` measures. Makes this process the owner (state/ownership.h),
/// prepares the saver's thread, and catches kAskSignal and the signature's signals. Not in a
/// handler, because it calls pthread_create(). Does nothing if the saver is armed already.
void arm_saver(RuntimeKind kind);

/// Takes back what arm_saver() has installed, so that no other process asks this one.
void disarm_saver();

/// Saves on the saver's thread, and waits for the end, or for that of a save that goes on already.
/// The wait is bounded by the grace, because a fork may have orphaned a lock that the save needs.
/// The caller does not hold the GIL.
void save_and_wait(SaveReason reason);

/// For runtimes other than CPython. Saves on the calling thread, which is about to end the process
/// by `signal`, or by itself (0). kNone: this thread cannot save, or a save goes on already.
/// The process ends in that way, with `status`, if the save takes longer than the grace.
SaveResult save_on_this_thread(SaveReason reason, int signal, int status);

/// The same before an abort() that is the program's own (is_own_abort()).
void save_before_own_abort();

/// For runtimes other than CPython: the same on the saver's thread, for which the caller waits at
/// most the grace.
void save_before_runtime_halts();

/// For runtimes other than CPython: begins to save, as if asked. The process dies of the signal
/// soon, so the caller sends none. A thread that is not the main one, and in no handler, does not
/// come back.
void save_and_die_soon(int signal);

/// Returns when no save goes on. Gives the GIL back meanwhile.
void wait_while_saving();

/// To be called in a forked child that is a measured process by itself. Without this call the child
/// can be asked as well, but the ask's handler has to create the saver's thread then.
void rearm_saver_after_fork();
bool is_saver_armed();
/// kNone: the saver is not armed.
RuntimeKind armed_runtime();

/// sigaction() and signal() for kAskSignal while the saver is armed: the saver's handler stays, and
/// calls the program's own action for any SIGURG that is no ask.
int set_application_action(const struct sigaction* action, struct sigaction* old);
sighandler_type set_application_handler(sighandler_type handler);

}  // namespace covenv
