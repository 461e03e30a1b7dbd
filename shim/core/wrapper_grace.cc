// SPDX-License-Identifier: MIT
#include "shim/core/wrapper_grace.h"

#include "shim/core/duration.h"
#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr std::int64_t kDefaultGrace = 1000000000;

/// The sum of the times in TERM:2s,INT:1s; nullopt if one of the signals has none.
std::optional<std::int64_t> sum_of_times(std::string_view signals) {
  std::int64_t sum = 0;
  while (true) {
    const std::size_t comma = signals.find(',');
    const std::string_view rung(signals.data(), comma == signals.npos ? signals.size() : comma);
    const std::size_t colon = rung.find(':');
    if (colon == rung.npos) return std::nullopt;
    const auto time =
        parse_duration(std::string_view(rung.data() + colon + 1, rung.size() - colon - 1));
    if (!time) return std::nullopt;
    sum = *time > kForever - sum ? kForever : sum + *time;
    if (comma == signals.npos) return sum;
    signals.remove_prefix(comma + 1);
  }
}

}  // namespace

// getopt_long() takes the start of a name, if it is the start of no other. Calls in the place of a
// table: the loader would have to relocate that at the start of each program.
WrapperGrace::Value WrapperGrace::value_of_option(std::string_view name) {
  Value found = Value::kNone;
  int matches = 0;
  bool is_exact = false;
  const auto compare = [&](std::string_view option, const char* value) {
    if (is_exact || !option.starts_with(name)) return;
    is_exact = option.size() == name.size();
    ++matches;
    found = value == nullptr      ? Value::kNone
            : option == "grace"   ? Value::kGrace
            : option == "signals" ? Value::kSignals
                                  : Value::kOther;
  };
#define OPTION(id, name, variable, value, needs, help) compare(name, value);
#include "shim/core/sigforward_options.def"
#undef OPTION
  return is_exact || matches == 1 ? found : Value::kNone;
}

void WrapperGrace::take(Said& said, Value kind, std::string_view value) {
  if (kind == Value::kGrace) said.grace = parse_duration(value);
  if (kind != Value::kSignals) return;
  said.has_signals = true;
  said.times = sum_of_times(value);
}

bool WrapperGrace::take_argument(std::string_view argument) {
  if (expected_ != Value::kNone) {
    take(options_, expected_, argument);
    expected_ = Value::kNone;
    return true;
  }
  if (!argument.starts_with("--") || argument.size() == 2) return false;
  argument.remove_prefix(2);
  const std::size_t sign = argument.find('=');
  if (sign == argument.npos) {
    expected_ = value_of_option(argument);
  } else {
    take(options_, value_of_option({argument.data(), sign}),
         {argument.data() + sign + 1, argument.size() - sign - 1});
  }
  return true;
}

void WrapperGrace::take_variable(const char* entry) {
  const char* const value = value_of(entry);
  if (value == nullptr || *value == '\0') return;
  if (has_name(entry, "SIGFORWARD_GRACE")) take(variables_, Value::kGrace, value);
  if (has_name(entry, "SIGFORWARD_SIGNALS")) take(variables_, Value::kSignals, value);
}

std::int64_t WrapperGrace::grace() const {
  const bool by_option = options_.has_signals;
  const auto& times = by_option ? options_.times : variables_.times;
  if (times && (by_option || !options_.grace)) return *times;
  if (options_.grace) return *options_.grace;
  return variables_.grace.value_or(kDefaultGrace);
}

}  // namespace covenv
