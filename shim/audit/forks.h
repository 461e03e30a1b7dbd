// SPDX-License-Identifier: MIT
// Children of os.fork(): each is a measured process by itself.
#pragma once

namespace covenv {

/// Registers with os.register_at_fork(). Once, with the GIL. `in_child` is called first in each
/// child.
void follow_forks(void (*in_child)());

/// To be called when os.fork() begins, because subprocess forks as well (with a preexec_fn), and
/// its child must not be followed.
void note_fork();

/// Whether another thread is in os.fork(), whose child would have our locks for ever.
bool is_another_thread_forking();

}  // namespace covenv
