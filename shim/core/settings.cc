// SPDX-License-Identifier: MIT
#include "shim/core/settings.h"

#include <csignal>

#include "shim/core/duration.h"
#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr int kLastSignal = 64;

// One string in the place of a table of pointers, which the loader would relocate at each start.
constexpr std::string_view kSignalNames =
    " HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP "
    "TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS ";
static_assert(SIGHUP == 1 && SIGTRAP == 5 && SIGBUS == 7 && SIGTERM == 15 && SIGCHLD == 17 &&
              SIGURG == 23 && SIGSYS == 31);

/// The number of a name in the list; 0: no such name.
int number_of(std::string_view name) {
  int number = 0;
  for (std::size_t at = 0; at + 1 < kSignalNames.size();) {
    ++number;
    const std::size_t end = kSignalNames.find(' ', at + 1);
    if (std::string_view(kSignalNames.data() + at + 1, end - at - 1) == name) return number;
    at = end;
  }
  return 0;
}

/// 0 if `text` is not a decimal number from 1 to kLastSignal.
int parse_small_number(std::string_view text) {
  int number = 0;
  if (text.empty()) return 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + (digit - '0');
    if (number > kLastSignal) return 0;
  }
  return number;
}

std::optional<SignalList> parse_signals(std::string_view value) {
  SignalList signals;
  bool good = true;
  for_each_item(value, [&](std::string_view item) {
    const int number = signal_number(item);
    good = good && number != 0 && number != SIGKILL && number != SIGSTOP &&
           signals.count < SignalList::kCapacity;
    if (good) signals.number[signals.count++] = static_cast<std::uint8_t>(number);
  });
  if (!good || signals.count == 0) return std::nullopt;
  return signals;
}

/// Two real-time signals with a neighbour on either side and one between, which stay uncaught:
/// other programs that catch real-time signals catch a range of them, or all.
std::optional<SignalList> parse_signature(std::string_view value) {
  const std::optional<SignalList> pair = parse_signals(value);
  if (!pair || pair->count != 2) return std::nullopt;
  const int low = pair->number[0];
  const int high = pair->number[1];
  // 32 to 34 belong to the C libraries (glibc takes two, musl three).
  if (low < 36 || high < low + 2 || high >= kLastSignal) return std::nullopt;
  return pair;
}

}  // namespace

std::optional<bool> parse_flag(std::string_view value) {
  if (value == "1" || value == "true" || value == "yes" || value == "on") return true;
  if (value.empty() || value == "0" || value == "false" || value == "no" || value == "off") {
    return false;
  }
  return std::nullopt;
}

int signal_number(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  const int number = number_of(name);
  return number != 0 ? number : parse_small_number(name);
}

std::optional<SettingProblem> apply_setting(Settings& settings, const char* entry) {
  if (!has_prefix(entry, "COVENV_")) return std::nullopt;
  const std::string_view variable = name_of(entry);
  const char* const text = value_of(entry);
  if (text == nullptr) return std::nullopt;
  // Set by covenv itself, not by the user: see coverage/offer.py and coverage/journal.py.
  for (const std::string_view own :
       {"COVENV_PYTHON", "COVENV_RUN", "COVENV_FOLDER", "COVENV_SOURCE", "COVENV_TRACER"}) {
    if (variable == own) return std::nullopt;
  }
  const std::string_view value(text);
  const auto problem = [&](std::string_view fix) { return SettingProblem{variable, value, fix}; };

  if (variable == "COVENV_DISABLE") {
    const std::optional<bool> flag = parse_flag(value);
    if (!flag) return problem("write 1 to switch covenv off, or 0");
    settings.disabled = *flag;
  } else if (variable == "COVENV_CARRY") {
    if (!settings.carry.assign(value)) return problem("keep the list of globs below 512 bytes");
  } else if (variable == "COVENV_SKIP") {
    if (!settings.skip.assign(value)) return problem("keep the list of globs below 512 bytes");
  } else if (variable == "COVENV_KILL") {
    if (value != "save" && value != "term" && value != "off") {
      return problem("write save, term or off");
    }
    settings.kill = value == "save"   ? KillMode::kSave
                    : value == "term" ? KillMode::kTerm
                                      : KillMode::kOff;
  } else if (variable == "COVENV_OFFER") {
    const std::optional<bool> flag = parse_flag(value);
    if (!flag) return problem("write 0 to leave children without a configuration unmeasured, or 1");
    settings.offer = *flag;
  } else if (variable == "COVENV_LIGHT") {
    const std::optional<bool> flag = parse_flag(value);
    if (!flag)
      return problem(
          "write 1 to start coverage in a child when code to measure is about to run, or 0");
    settings.light = *flag;
  } else if (variable == "COVENV_JOURNAL") {
    const std::optional<bool> flag = parse_flag(value);
    if (!flag && !value.starts_with('/')) {
      return problem("write 1, 0 for no journals, or the absolute path of a folder for them");
    }
    settings.journal = flag.value_or(true);
  } else if (variable == "COVENV_GRACE") {
    const std::optional<std::int64_t> grace = parse_duration(value);
    // `inf` is refused, because a kill must not wait for ever.
    if (!grace || *grace == kForever) return problem("write a duration such as 1s, 500ms or 0");
    settings.grace_ns = *grace;
  } else if (variable == "COVENV_SIGNALS") {
    const std::optional<SignalList> signals = parse_signals(value);
    if (!signals) return problem("write one to eight signals that can be caught, such as TERM,INT");
    settings.signals = *signals;
  } else if (variable == "COVENV_SIGNATURE") {
    const std::optional<SignalList> signature = parse_signature(value);
    if (!signature) {
      return problem("write two real-time signals from 36 to 63, at least 2 apart, such as 57,59");
    }
    settings.signature = *signature;
  } else if (variable == "COVENV_STATUS") {
    if (value != "kill" && value != "real") return problem("write kill or real");
    settings.real_status = value == "real";
  } else {
    return problem("no such setting: `covenv run --help` lists them");
  }
  return std::nullopt;
}

}  // namespace covenv
