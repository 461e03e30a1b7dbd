// SPDX-License-Identifier: MIT
// Processes that another sigforward looks after: what that asks of them, nobody else should ask
// again.
#pragma once

#include <sys/types.h>

#include <vector>

namespace covenv::supervise {

// If it is the guard of one: that whose end it has to bring about, should the wrapper be killed.
std::vector<pid_t> wards_of(pid_t guard);

}  // namespace covenv::supervise
