// SPDX-License-Identifier: MIT
// The saver's thread. A signal handler can start the thread, whatever the handler has interrupted.
#pragma once

#include <cstdint>

namespace covenv {

/// Makes the thread ready and parks the thread: nothing of the thread runs or is visible then.
/// Calls pthread_create(). To be called again in a forked child, because the child's libc has taken
/// the parent's threads back. False if this libc has no such thread.
bool prepare_saver_thread();

/// Calls `run()` on the saver's thread, and returns when that has been done. Returns early after
/// `timeout_ns`, or if the thread is deadlocked on a lock that a fork has orphaned.
/// Async-signal-safe; one call at a time. The thread is parked again then, unless it is still at
/// work.
void run_on_saver_thread(void (*run)(), std::int64_t timeout_ns);

/// To be called on the saver's thread: `run` is called if libc or Python makes the thread exit.
void at_saver_thread_exit(void (*run)(void* argument), void* argument);

/// Starts the thread with all signals blocked. Async-signal-safe. Once for each time that the
/// thread was made ready.
bool start_saver_thread(int (*run)(void* argument), void* argument);

}  // namespace covenv
