// SPDX-License-Identifier: MIT
// A thread that can be started from a signal handler, whatever the handler has interrupted.
#pragma once

namespace covenv {

/// Makes a thread ready, where pthread_create() may be called. Nothing of it runs or is visible
/// afterwards. To be called again in a forked child, whose libc has taken the parent's threads
/// back.
bool prepare_saver_thread();

/// Starts it with all signals blocked; async-signal-safe. Once for each time that it was made
/// ready.
bool start_saver_thread(int (*run)(void* argument), void* argument);

}  // namespace covenv
