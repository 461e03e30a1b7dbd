// SPDX-License-Identifier: MIT
#include "core/ending.h"

#include <csignal>

namespace covenv {

bool has_signature(const ProcessStatus& status, const SignalList& signature) {
  for (const int signal : signature) {
    if (!status.catches(signal) || status.catches(signal - 1) || status.catches(signal + 1)) {
      return false;
    }
  }
  return signature.count != 0;
}

Ending decide_ending(int signal, const TargetFacts& target, const Settings& settings) {
  const ProcessStatus& status = target.status;
  if (signal != SIGKILL || settings.kill == KillMode::kOff || settings.disabled) return {};
  if (target.already_ending || status.group_leader == target.caller) return {};
  // A traced process acts only when its tracer lets it; the dead do not act at all.
  if (status.state == 't' || status.state == 'Z' || status.state == 'X') return {};
  if (!has_signature(status, settings.signature)) return {};
  for (const int rung : settings.signals) {
    if (!status.catches(rung)) continue;
    return {.kind = EndingKind::kTerminateThenKill,
            .ask_with = rung,
            .then_continue = status.state == 'T',
            .report_as_killed = status.parent == target.caller && !settings.real_status};
  }
  return {};
}

}  // namespace covenv
