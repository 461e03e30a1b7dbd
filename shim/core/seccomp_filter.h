// SPDX-License-Identifier: MIT
#pragma once

#include <linux/filter.h>

#include <span>

namespace covenv {

/// Whether a seccomp filter can answer a system call with anything but "allowed" or an error
/// number: death, a trap, or the decision of another process.
bool may_kill(std::span<const sock_filter> filter);

}  // namespace covenv
