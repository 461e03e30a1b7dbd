// SPDX-License-Identifier: MIT
#include "wrapper/common/signal_names.h"

#include <signal.h>
#include <strings.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace covenv {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

int valid_or_zero(int signal) { return signal >= 1 && signal <= SIGRTMAX ? signal : 0; }

/// RTMIN, RTMIN+3: `sign` says which way the offset goes.
int real_time(std::string_view offset, int base, char sign) {
  if (offset.empty()) return base;
  if (offset.front() != sign) return 0;
  const auto distance = number(offset.substr(1));
  if (!distance || *distance < 0 || *distance > SIGRTMAX - SIGRTMIN) return 0;
  return sign == '+' ? base + *distance : base - *distance;
}

}  // namespace

int signal_named(std::string_view name) {
  if (const auto value = number(name)) return valid_or_zero(*value);
  if (starts_with(name, "SIG")) name.remove_prefix(3);
  if (starts_with(name, "RTMIN")) return real_time(name.substr(5), SIGRTMIN, '+');
  if (starts_with(name, "RTMAX")) return real_time(name.substr(5), SIGRTMAX, '-');
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* const abbreviation = sigabbrev_np(signal);
    if (abbreviation != nullptr && name.size() == std::strlen(abbreviation) &&
        starts_with(name, abbreviation)) {
      return signal;
    }
  }
  return 0;
}

std::string signal_name(int signal) {
  if (const char* const abbreviation = sigabbrev_np(signal)) {
    return "SIG" + std::string(abbreviation);
  }
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
  }
  return "signal " + std::to_string(signal);
}

}  // namespace covenv
