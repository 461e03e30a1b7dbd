// SPDX-License-Identifier: MIT
// What a signal's handler has interrupted, from the handler's third argument.
#pragma once

namespace covenv {

/// Whether the interrupted thread is in a system call that the kernel does not take up again: the
/// thread finds EINTR as soon as the handler returns. Such a thread holds no lock of malloc's.
/// False if the thread waits for a lock or a condition: those who wait try again by themselves, and
/// pthread_cond_signal() waits for those that were woken (CPython's own lock is such a condition).
bool is_cut_short(const void* context);

/// Whether the interrupted thread reads from a pipe, a socket or a terminal, or is about to.
bool is_in_blocking_read(const void* context);

/// Takes back the handlers of other signals that came together with this one and have not begun.
/// What they have interrupted.
void* take_back_handlers(void* context);

}  // namespace covenv
