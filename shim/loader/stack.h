// SPDX-License-Identifier: MIT
// Room on the caller's stack, which holds a child's environment because the hooks have no heap.
#pragma once

#include <cstddef>

namespace covenv {

/// The most bytes that a hook takes. An environment that needs more is passed on unchanged.
inline constexpr std::size_t kStackBound = std::size_t{1024} * 1024;

/// Whether `bytes` can be taken from the stack without an overflow, which a thread's small stack or
/// a sigaltstack could have. Free up to 2 KiB, above that one system call for each page.
bool stack_can_hold(std::size_t bytes);

/// Whether the byte at this pointer can be read. True on any doubt: a bad pointer is passed on, to
/// fail with EFAULT.
bool is_readable(const void* pointer);

/// For a pointer that is to be followed. kUnknown: a sandbox denies the question.
enum class Readable : unsigned char { kNo, kYes, kUnknown };
Readable look_whether_readable(const void* pointer);

}  // namespace covenv
