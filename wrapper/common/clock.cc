// SPDX-License-Identifier: MIT
#include "wrapper/common/clock.h"

#include <algorithm>

#include "shim/core/duration.h"

namespace covenv {
namespace {
constexpr std::int64_t kSecond = 1'000'000'000;
}

std::int64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

std::int64_t deadline_after(std::int64_t duration) {
  const std::int64_t start = now();
  return duration > kForever - start ? kForever : start + duration;
}

bool is_over(std::int64_t deadline) { return deadline != kForever && now() >= deadline; }

timespec time_until(std::int64_t deadline) {
  const std::int64_t left = std::max<std::int64_t>(deadline - now(), 0);
  return {.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
}

}  // namespace covenv
