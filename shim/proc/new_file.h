// SPDX-License-Identifier: MIT
// For files that covenv makes, and that name the process that has made them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covenv {

/// False if a file of this size is not allowed: beyond RLIMIT_FSIZE the kernel would send SIGXFSZ,
/// which ends the program.
bool may_have_size(std::size_t size);

/// The inode of /proc/self/ns/pid, or 0.
std::uint64_t pid_namespace();

/// Of this process, in clock ticks since boot, as in /proc/<pid>/stat; or 0.
std::uint64_t own_start_time();

}  // namespace covenv
