// SPDX-License-Identifier: MIT
// Whether the kernel sends the command its parent-death signal (start_child) when the wrapper is
// killed. It forgets the signal in an exec that changes credentials, and in one by another thread
// than the first; nothing tells whether it has.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace covenv::sigforward {

// What one exec has made of a process: another one after the next exec. 0: unknown.
using Image = std::uint64_t;

// Waits for the exec of a fork of this process: for a tenth of a second at most, and neither longer
// than the command lives nor after the end of the stream. 0 where another thread may have executed
// what is there.
Image await_image(pid_t command, int pidfd, int socket);

// False where an exec has changed its credentials.
bool gets_parent_death_signal(pid_t command);

// Whether an exec by another thread may have been since `known`.
bool is_parent_death_in_doubt(pid_t command, Image known);

}  // namespace covenv::sigforward
