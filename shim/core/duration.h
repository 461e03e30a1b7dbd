// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace covenv {

// The value of `inf`, a grace that never ends. No finite duration has this value.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

// Nanoseconds from `1s`, `500ms`, `2m`, a bare number of seconds (`1.5`, `0`) or `inf`; digits
// below a nanosecond are cut off. nullopt for anything else: empty, signs, blanks, a dot without a
// digit behind it, an unknown unit, trailing characters, or more than an int64 holds.
//
// Pure and freestanding, because it runs in signal handlers and in programs of all kinds: no heap,
// locale, errno or exception, and no symbol of libc or libstdc++ at any optimisation level.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;

}  // namespace covenv
