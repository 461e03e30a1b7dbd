// SPDX-License-Identifier: MIT
// How long a sigforward gives its command, told by its command line and environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace covenv {

/// Fed with argv[1] and what follows, and with environment entries. What sigforward would refuse
/// counts as not said.
class WrapperGrace {
 public:
  /// False from the command on: no more is needed.
  bool take_argument(std::string_view argument);
  void take_variable(const char* entry);

  /// Nanoseconds from its first signal to its SIGKILL; kForever is possible.
  std::int64_t grace() const;

 private:
  enum class Value : std::uint8_t { kNone, kGrace, kSignals, kOther };

  /// One source: the options, or the environment.
  struct Said {
    std::optional<std::int64_t> grace;
    bool has_signals = false;
    std::optional<std::int64_t> times;  // the sum of what the signals have
  };

  static Value value_of_option(std::string_view name);
  static void take(Said& said, Value kind, std::string_view value);

  Said options_;
  Said variables_;
  Value expected_ = Value::kNone;  // of the option before
};

}  // namespace covenv
