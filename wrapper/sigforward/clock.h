// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>

namespace covenv::sigforward {

// Nanoseconds of CLOCK_MONOTONIC. kForever stands for "no deadline".
std::int64_t now();

// now() + duration; kForever where that is more than an int64 holds.
std::int64_t deadline_after(std::int64_t duration);

bool is_over(std::int64_t deadline);

// The time left until a deadline (not kForever), never negative.
timespec time_until(std::int64_t deadline);

}  // namespace covenv::sigforward
