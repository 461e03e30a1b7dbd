// SPDX-License-Identifier: MIT
// The saver: lets a process that is about to be killed write its data, and die by the very signal
// that its killer wanted. Nothing else of the program runs: no atexit, no finally, no handler.
#pragma once

#include <cstdint>

#include "shim/core/ending.h"
#include "shim/loader/libc.h"
#include "shim/session/session_layout.h"

namespace covenv {

/// Catches kAskSignal and the signature's signals, and makes a thread ready that will save. Called
/// where pthread_create() may be: not in a handler. Once is enough. This process is the owner then
/// (ownership.h).
void arm_saver();

/// Takes back what arm_saver() has installed: this process is one that measures nothing to others.
void disarm_saver();

/// Saves on a thread of its own and waits until that has been done, at most the grace: a forked
/// child has inherited locks of threads that it does not have. Waits for a save that goes on
/// already. Without the GIL.
void save_and_wait(SaveReason reason);

/// Returns once no save goes on. Gives the GIL back meanwhile.
void wait_while_saving();

/// In a forked child of an armed process that is a measured process by itself. Even without this
/// call it can be asked, but then the asking handler has to create its thread.
void rearm_saver_after_fork();
bool is_saver_armed();

/// kAskSignal belongs to the saver; the program's own action for it is kept in second place.
/// These are sigaction() and signal() for that signal, while the saver is armed.
int set_application_action(const struct sigaction* action, struct sigaction* old);
sighandler_type set_application_handler(sighandler_type handler);

}  // namespace covenv
