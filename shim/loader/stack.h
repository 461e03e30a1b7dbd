// SPDX-License-Identifier: MIT
// The hooks have no heap: what an environment needs is taken from the caller's stack, if it is
// there.
#pragma once

#include <cstddef>

namespace covenv {

/// The most that a hook takes. An environment that needs more is handed on as it came.
inline constexpr std::size_t kStackBound = std::size_t{1024} * 1024;

/// Whether `bytes` can be taken from the stack: a small thread's stack or a sigaltstack must not
/// overflow. Free for what fits beside a signal frame, one system call for each page above that.
bool stack_can_hold(std::size_t bytes);

/// Whether the byte at this pointer can be read, so that a bad one gets its EFAULT from the kernel.
bool is_readable(const void* pointer);

}  // namespace covenv
