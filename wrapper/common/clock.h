// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>

namespace covenv {

inline constexpr std::int64_t kMillisecond = 1'000'000;
/// How long a process may take to end after SIGKILL: one that waits uninterruptibly, or may not be
/// signalled, must not hold the wrapper for ever.
inline constexpr std::int64_t kVanishing = 1000 * kMillisecond;
/// How often new forks of killed processes are looked for meanwhile.
inline constexpr std::int64_t kKillAgain = 10 * kMillisecond;

/// Nanoseconds of CLOCK_MONOTONIC. kForever stands for "no deadline".
std::int64_t now();

/// now() + duration; kForever if that is more than an int64 holds.
std::int64_t deadline_after(std::int64_t duration);

bool is_over(std::int64_t deadline);

/// The time left until a deadline (not kForever), never negative.
timespec time_until(std::int64_t deadline);

}  // namespace covenv
