// SPDX-License-Identifier: MIT
// A thread that can be started from a signal handler, whatever the handler has interrupted.
#pragma once

#include <cstdint>

namespace covenv {

/// Makes a thread ready, where pthread_create() may be called. Nothing of it runs or is visible
/// afterwards. To be called again in a forked child, whose libc has taken the parent's threads
/// back.
bool prepare_saver_thread();

/// Runs it on the thread that was made ready, and waits until it is done, at most `timeout_ns`, or
/// until it waits for a lock that nobody is left to unlock. Async-signal-safe. One at a time. The
/// thread is ready for another use then, unless it is still at it.
void run_on_own_thread(void (*run)(), std::int64_t timeout_ns);

/// On the saver's thread: what is to be done should libc or Python make the thread exit.
void at_saver_thread_exit(void (*run)(void* argument), void* argument);

/// Starts it with all signals blocked; async-signal-safe. Once for each time that it was made
/// ready.
bool start_saver_thread(int (*run)(void* argument), void* argument);

}  // namespace covenv
