// SPDX-License-Identifier: MIT
// How a process that somebody wants dead is ended.
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

/// Whether a process is asked to save if it gets this signal. No real-time one is such.
constexpr bool may_end(int signal) {
  return signal > 0 && signal <= SIGSYS && ends_by_default(signal);
}

/// Whether this signal dumps core by default. A process that sends itself one has crashed.
constexpr bool dumps_core(int signal) {
  constexpr int kDumping[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                              SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};
  for (const int dumping : kDumping) {
    if (signal == dumping) return true;
  }
  return false;
}

enum class EndingKind : std::uint8_t {
  kPassThrough,        ///< send what the caller wanted to send, and nothing else
  kSaveThenDie,        ///< ask its saver, which saves and dies by the signal that was wanted
  kSaveHere,           ///< the caller ends itself: it saves, and sends
  kTerminateThenKill,  ///< ask by a signal that the target catches, wait at most the grace, then
                       ///< kill
};

struct Ending {
  EndingKind kind = EndingKind::kPassThrough;
  int ask_with =
      0;  ///< kTerminateThenKill: the signal that is sent; kSaveThenDie: the one to die of
  bool then_continue = false;     ///< follow it by SIGCONT: a stopped process cannot act
  bool report_as_killed = false;  ///< wait() in the caller must say SIGKILL
};

/// What is known about the target when somebody wants it dead.
struct TargetFacts {
  ProcessStatus status;
  pid_t caller = 0;                   ///< the pid of the process that sends
  bool is_measuring_runtime = false;  ///< it loses coverage by a SIGKILL, and can have no saver
  bool already_ending = false;        ///< another thread of the caller is waiting for it to end
  bool is_traced_by_caller = false;   ///< so that only the caller could let it act
  bool keeps_signal = false;          ///< for later, or for a sigwait()
  bool is_continued = false;          ///< a SIGCONT follows: that it is stopped does not matter
  bool parent_can_be_told = false;    ///< its parent, another than the caller, is in our session
  bool is_wrapper = false;            ///< a sigforward: it ends its command as that needs it
};

/// Whether decide_ending() may ask a process of this status, whatever else is known of it: the rest
/// of the facts takes system calls.
bool may_be_asked(int signal, const ProcessStatus& target, const Settings& settings);

/// Whether the signal ends a process of this status as its dispositions are now.
bool ends_now(int signal, const ProcessStatus& target);

/// The decision for one target of `signal`.
Ending decide_ending(int signal, const TargetFacts& target, const Settings& settings);

}  // namespace covenv
