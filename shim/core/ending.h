// SPDX-License-Identifier: MIT
// How a process that somebody wants dead is ended.
#pragma once

#include "core/process_status.h"
#include "core/settings.h"

namespace covenv {

enum class EndingKind : std::uint8_t {
  kPassThrough,        ///< send what the caller wanted to send, and nothing else
  kTerminateThenKill,  ///< ask by a signal that the target catches, wait at most the grace, then kill
};

struct Ending {
  EndingKind kind = EndingKind::kPassThrough;
  int ask_with = 0;              ///< the signal to ask with
  bool then_continue = false;    ///< follow it by SIGCONT: a stopped process cannot act
  bool report_as_killed = false;  ///< wait() in the caller must say SIGKILL
};

/// What is known about the target when somebody wants it dead.
struct TargetFacts {
  ProcessStatus status;
  pid_t caller = 0;               ///< the pid of the process that sends
  bool already_ending = false;    ///< another thread of the caller is waiting for it to end
};

/// Whether the process carries our mark: it catches both signals of the signature and none beside them.
bool has_signature(const ProcessStatus& status, const SignalList& signature);

/// The decision for one target of `signal`.
Ending decide_ending(int signal, const TargetFacts& target, const Settings& settings);

}  // namespace covenv
