// SPDX-License-Identifier: MIT
#include "shim/core/duration.h"

namespace covenv {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMillisecond;
constexpr std::int64_t kMinute = 60 * kSecond;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// Letter by letter: comparing string_views would call memcmp and strlen in unoptimised builds.
bool is_forever(std::string_view text) {
  return text.size() == 3 && text[0] == 'i' && text[1] == 'n' && text[2] == 'f';
}

std::optional<std::int64_t> unit_from(std::string_view suffix) {
  if (suffix.empty()) return kSecond;
  if (suffix.size() == 1 && suffix[0] == 's') return kSecond;
  if (suffix.size() == 1 && suffix[0] == 'm') return kMinute;
  if (suffix.size() == 2 && suffix[0] == 'm' && suffix[1] == 's') return kMillisecond;
  return std::nullopt;
}

// value * 10 + digit; nullopt if the product with `unit` would not fit.
std::optional<std::int64_t> append_digit(std::int64_t value, char digit, std::int64_t unit) {
  const std::int64_t limit = kForever / unit;
  const std::int64_t added = digit - '0';
  if (value > (limit - added) / 10) return std::nullopt;
  return value * 10 + added;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  if (is_forever(text)) return kForever;

  std::string_view rest = text;
  const std::string_view whole(rest.data(), count_digits(rest));
  rest.remove_prefix(whole.size());
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = std::string_view(rest.data(), count_digits(rest));
    if (fraction.empty()) return std::nullopt;
    rest.remove_prefix(fraction.size());
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;

  const auto unit = unit_from(rest);
  if (!unit) return std::nullopt;

  std::int64_t count = 0;
  for (const char digit : whole) {
    const auto next = append_digit(count, digit, *unit);
    if (!next) return std::nullopt;
    count = *next;
  }
  std::int64_t part = 0;
  std::int64_t place = *unit;
  for (const char digit : fraction) {
    place /= 10;  // exact: every unit is a small number times a power of ten nanoseconds
    part += (digit - '0') * place;
  }
  const std::int64_t base = count * *unit;
  if (part >= kForever - base) return std::nullopt;
  return base + part;
}

}  // namespace covenv
