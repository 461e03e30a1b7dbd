// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace covenv {

// What `inf` parses to: a grace period that never ends. No finite duration has this value.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// Nanoseconds from `1s`, `500ms`, `2m`, a bare number of seconds (`1.5`, `0`) or `inf`; digits
// below a nanosecond are cut off. nullopt for anything else: empty, signs, blanks, a dot without a
// digit behind it, an unknown unit, trailing characters, or more than an int64 holds.
//
// Pure and freestanding: runs inside other people's processes and signal handlers. No heap, locale,
// errno, exception, nor any symbol of libc or libstdc++, at whatever optimisation level.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;

}  // namespace covenv
