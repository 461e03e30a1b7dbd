// SPDX-License-Identifier: MIT
// Parses the COVENV_* variables, for the library, which keeps the default in silence if a value is
// wrong, and for `covenv run`, which says what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shim/core/glob.h"

namespace covenv {

enum class KillMode : std::uint8_t {
  kSave,  ///< the target saves and dies of the signal; a runtime without a saver as with kTerm
  kTerm,  ///< terminate, wait at most the grace, then kill
  kOff,   ///< send every signal unchanged
};

/// Signal numbers in the order in which they are tried.
struct SignalList {
  static constexpr std::size_t kCapacity = 8;
  std::uint8_t number[kCapacity] = {};
  std::size_t count = 0;

  const std::uint8_t* begin() const { return number; }
  const std::uint8_t* end() const { return number + count; }
};

/// Holds no pointer into the environment it was read from.
struct Settings {
  constexpr Settings() { carry.assign("COV*"); }

  bool disabled = false;               ///< COVENV_DISABLE
  GlobList carry;                      ///< COVENV_CARRY: carried names, beside the presets
  GlobList skip;                       ///< COVENV_SKIP: program basenames that are left alone
  KillMode kill = KillMode::kSave;     ///< COVENV_KILL
  std::int64_t grace_ns = 1000000000;  ///< COVENV_GRACE, nanoseconds
  bool offer = true;                   ///< COVENV_OFFER: make an offer to children
  bool journal = true;             ///< COVENV_JOURNAL; its folder is read by coverage/journal.py
  bool light = true;               ///< COVENV_LIGHT: in children coverage's tracer measures alone
  SignalList signals{{15, 2}, 2};  ///< COVENV_SIGNALS: rungs of the ladder before SIGKILL
  /// COVENV_SIGNATURE: the two real-time signals that mark a process with a saver.
  SignalList signature{{57, 59}, 2};
  bool real_status = false;  ///< COVENV_STATUS=real: wait() reports the real end, not SIGKILL
};

/// What is wrong with one variable. `variable` and `value` point into the entry; `fix`, the text
/// that says what to write, is static.
struct SettingProblem {
  std::string_view variable;
  std::string_view value;
  std::string_view fix;
};

/// Applies one environment entry, if its name starts with COVENV_.
/// On a problem the setting keeps its value.
std::optional<SettingProblem> apply_setting(Settings& settings, const char* entry);

/// True for 1, true, yes, on; false for 0, false, no, off and an empty value.
std::optional<bool> parse_flag(std::string_view value);

/// The number of a signal written TERM, SIGTERM or 15; 0 for anything else.
int signal_number(std::string_view name);

}  // namespace covenv
