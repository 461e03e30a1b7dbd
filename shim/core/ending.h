// SPDX-License-Identifier: MIT
// Decides how the target of a kill is to be ended.
#pragma once

#include <csignal>

#include "shim/core/process_status.h"
#include "shim/core/settings.h"

namespace covenv {

/// Whether this signal ends a process by default, with a core dump or without.
constexpr bool ends_by_default(int signal) {
  constexpr int kOthers[] = {0,       SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
                             SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH};
  for (const int other : kOthers) {
    if (signal == other) return false;
  }
  return true;
}

/// Whether a process may be asked to save before this signal. False for real-time signals.
constexpr bool may_end(int signal) {
  return signal > 0 && signal <= SIGSYS && ends_by_default(signal);
}

/// Whether this signal dumps core by default. A process that sends one to itself has crashed.
constexpr bool dumps_core(int signal) {
  constexpr int kDumping[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                              SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
  for (const int dumping : kDumping) {
    if (signal == dumping) return true;
  }
  return false;
}

enum class EndingKind : std::uint8_t {
  kPassThrough,        ///< send the caller's signal, and nothing else
  kSaveThenDie,        ///< ask its saver: the target saves, and dies of the caller's signal
  kSaveHere,           ///< the target is the caller: save, then send
  kTerminateThenKill,  ///< send a signal that the target catches, wait at most the grace, kill
};

struct Ending {
  EndingKind kind = EndingKind::kPassThrough;
  int ask_with = 0;  ///< kTerminateThenKill: the signal to send; kSaveThenDie: the one to die of
  bool then_continue = false;     ///< send SIGCONT next, because a stopped process cannot act
  bool report_as_killed = false;  ///< the parent's wait() must report SIGKILL
};

/// What is known of the target of a kill.
struct TargetFacts {
  ProcessStatus status;
  pid_t caller = 0;                   ///< the pid of the process that sends
  bool is_measuring_runtime = false;  ///< SIGKILL loses its coverage, and it can have no saver
  bool already_ending = false;        ///< another thread of the caller is waiting for its end
  bool is_traced_by_caller = false;   ///< it cannot run while the caller waits
  bool keeps_signal = false;          ///< the signal would stay pending, or a sigwait() take it
  bool is_continued = false;          ///< the caller sends SIGCONT later, so a stop is no obstacle
  bool parent_can_be_told = false;    ///< its parent is not the caller, and is in our session
  bool is_wrapper = false;            ///< a sigforward, which ends its command by itself
};

/// A pre-filter, because the other facts take system calls: false if decide_ending() lets `signal`
/// through to any process of this status.
bool may_be_asked(int signal, const ProcessStatus& target, const Settings& settings);

/// Whether the signal ends a process of this status at once, by its dispositions and mask.
bool ends_now(int signal, const ProcessStatus& target);

/// The decision for one target of `signal`.
Ending decide_ending(int signal, const TargetFacts& target, const Settings& settings);

}  // namespace covenv
