// SPDX-License-Identifier: MIT
// The COVENV_* variables, parsed. One parser serves the shim, which falls back to the default in
// silence, and `covenv run`, which says what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shim/core/glob.h"

namespace covenv {

enum class KillMode : std::uint8_t {
  kSave,  ///< save, then die by the signal that was sent; terminate, then kill, what cannot save
  kTerm,  ///< terminate, wait at most the grace, then kill
  kOff,   ///< SIGKILL is what it was
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
  GlobList carry;                      ///< COVENV_CARRY: names that travel, beside the presets
  GlobList skip;                       ///< COVENV_SKIP: program basenames that are left alone
  KillMode kill = KillMode::kSave;     ///< COVENV_KILL
  std::int64_t grace_ns = 1000000000;  ///< COVENV_GRACE, nanoseconds
  bool offer = true;                   ///< COVENV_OFFER: configure children from what measures here
  bool journal = true;             ///< COVENV_JOURNAL, of which the folder is python/journal.py's
  SignalList signals{{15, 2}, 2};  ///< COVENV_SIGNALS: rungs of the ladder before SIGKILL
  SignalList signature{
      {57, 59}, 2};  ///< COVENV_SIGNATURE: the two real-time signals that mark a measured process
  bool real_status =
      false;  ///< COVENV_STATUS=real: wait() is not told a SIGKILL that did not end it
};

/// What is wrong with one variable. `variable` and `value` point into the entry, `mend` is static.
struct SettingProblem {
  std::string_view variable;
  std::string_view value;
  std::string_view mend;
};

/// Applies one environment entry; anything but a COVENV_* one is none of its business.
/// On a problem the setting keeps the value it had.
std::optional<SettingProblem> apply_setting(Settings& settings, const char* entry);

/// 1, true, yes, on; or 0, false, no, off and nothing at all.
std::optional<bool> parse_flag(std::string_view value);

/// The number of a signal written TERM, SIGTERM or 15; 0 where it is none of these.
int signal_number(std::string_view name);

}  // namespace covenv
