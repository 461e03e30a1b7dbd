// SPDX-License-Identifier: MIT
// How long a sigforward gives its command, as its command line and environment say.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace covenv {

/// Takes the arguments from argv[1] on, and environment entries. Ignores values that sigforward
/// would refuse.
class WrapperGrace {
 public:
  /// Returns false at the command or at `--`: no later argument is needed.
  bool take_argument(std::string_view argument);
  void take_variable(const char* entry);

  /// Nanoseconds from sigforward's first signal to its SIGKILL; kForever is possible.
  std::int64_t grace() const;

 private:
  enum class Value : std::uint8_t { kNone, kGrace, kSignals, kOther };

  /// One source: the options, or the environment.
  struct Said {
    std::optional<std::int64_t> grace;
    bool has_signals = false;
    std::optional<std::int64_t> times;  // the sum over the signals
  };

  static Value value_of_option(std::string_view name);
  static void take(Said& said, Value kind, std::string_view value);

  Said options_;
  Said variables_;
  Value expected_ = Value::kNone;  // what the next argument is, if the last one was an option
};

}  // namespace covenv
