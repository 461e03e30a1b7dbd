// SPDX-License-Identifier: MIT
// Children of os.fork(): each is a measured process by itself.
#pragma once

namespace covenv {

/// Registers with os.register_at_fork(). Once, with the GIL.
void follow_forks();

/// os.fork() is called now. subprocess forks as well (with a preexec_fn), and that child is not one
/// that stays.
void note_fork();

}  // namespace covenv
