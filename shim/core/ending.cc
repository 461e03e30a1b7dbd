// SPDX-License-Identifier: MIT
#include "shim/core/ending.h"

#include <algorithm>
#include <csignal>

#include "shim/core/ask_protocol.h"

namespace covenv {
namespace {

/// Whether the process dies of this signal as its dispositions are now.
bool is_fatal(int signal, const TargetFacts& target) {
  const ProcessStatus& status = target.status;
  if (signal == SIGKILL) return true;
  if (target.keeps_signal) return false;
  return may_end(signal) && !status.catches(signal) && !status.ignores(signal);
}

}  // namespace

bool ends_now(int signal, const ProcessStatus& target) {
  if (signal == SIGKILL) return true;
  return ends_by_default(signal) && target.group_leader != 0 && !target.blocks(signal) &&
         !target.catches(signal) && !target.ignores(signal);
}

bool may_be_asked(int signal, const ProcessStatus& target, const Settings& settings) {
  if (has_signature(target, settings.signature)) return true;
  if (signal != SIGKILL) return false;
  if (target.is_called_sigforward) return true;
  return std::any_of(settings.signals.begin(), settings.signals.end(),
                     [&](int rung) { return target.catches(rung); });
}

namespace {

/// Whether the parent is told SIGKILL, although the target ends in another way.
bool is_to_be_reported(const TargetFacts& target, const Settings& settings) {
  const bool can_be = target.status.parent == target.caller || target.parent_can_be_told;
  return can_be && !settings.real_status;
}

}  // namespace

Ending decide_ending(int signal, const TargetFacts& target, const Settings& settings) {
  const ProcessStatus& status = target.status;
  if (settings.kill == KillMode::kOff || settings.disabled) return {};
  // A traced process runs only if its tracer lets it, a dead one never.
  if (status.state == 't' || status.is_dead()) return {};
  if (target.is_traced_by_caller) return {};
  // The init of our own pid namespace, which no process inside can kill.
  if (status.group_leader == 1) return {};
  if (target.is_wrapper && signal == SIGKILL && status.group_leader != target.caller) {
    if (target.already_ending) return {};
    return {.kind = EndingKind::kTerminateThenKill,
            .ask_with = SIGTERM,
            .then_continue = status.state == 'T',
            .report_as_killed = is_to_be_reported(target, settings)};
  }
  const bool is_marked = has_signature(status, settings.signature);
  if (!is_marked && !target.is_measuring_runtime) return {};
  if (!is_fatal(signal, target)) return {};

  const bool is_stopped = status.state == 'T' && !target.is_continued;
  const bool has_saver = is_marked && status.catches(kAskSignal);
  if (status.group_leader == target.caller) {
    return {.kind = has_saver ? EndingKind::kSaveHere : EndingKind::kPassThrough};
  }
  // A second kill goes through at once, but not into a save, because saves are bounded anyway.
  if (target.already_ending && !has_saver) return {};
  if (signal == SIGKILL && (settings.kill == KillMode::kTerm || !has_saver)) {
    for (const int rung : settings.signals) {
      if (!status.catches(rung)) continue;
      if (target.already_ending) return {};
      return {.kind = EndingKind::kTerminateThenKill,
              .ask_with = rung,
              .then_continue = is_stopped,
              .report_as_killed = is_to_be_reported(target, settings)};
    }
  }
  // In a stopped process every signal but SIGKILL stays pending.
  if (!has_saver || (is_stopped && signal != SIGKILL)) return {};
  // Reported, although the saver dies of SIGKILL, because the process may be exiting already.
  return {.kind = EndingKind::kSaveThenDie,
          .ask_with = signal,
          .then_continue = is_stopped,
          .report_as_killed = signal == SIGKILL && !target.already_ending &&
                              status.parent == target.caller && !settings.real_status};
}

}  // namespace covenv
