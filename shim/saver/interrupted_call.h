// SPDX-License-Identifier: MIT
// The code that a signal's handler has interrupted, read from the handler's third argument.
#pragma once

namespace covenv {

/// Whether the interrupted thread is in a system call that the kernel does not restart: the call
/// fails with EINTR when the handler returns. Such a thread holds no lock of malloc's. False if the
/// thread waits for a lock or a condition, because such a wait is retried by itself, and
/// pthread_cond_signal() waits for woken threads (CPython's own lock is such a condition).
bool is_cut_short(const void* context);

/// Whether the interrupted thread reads from a pipe, a socket or a terminal, or is about to.
bool is_in_blocking_read(const void* context);
/// The same of a write.
bool is_in_blocking_write(const void* context);

/// Cancels the handlers of signals that came together with this one and have not begun. Returns the
/// context of the code that they have interrupted.
void* take_back_handlers(void* context);

}  // namespace covenv
