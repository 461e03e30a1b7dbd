// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/ask.h"

#include <unistd.h>

#include "shim/core/ask_protocol.h"
#include "shim/core/ending.h"
#include "shim/native/keep_counters.h"
#include "shim/proc/kernel.h"
#include "wrapper/common/settings.h"

namespace covenv::supervise {
namespace {

Settings settings;

}  // namespace

void read_settings() { settings = settings_of(environ); }

bool needs_saver(const Member& member, int signal) {
  if (signal == SIGKILL) return false;
  TargetFacts facts;
  facts.status = member.status;
  facts.caller = getpid();
  facts.is_continued = true;
  // A stop of job control looks so if this process traces that one, or this one's parent does
  // (run_apart.h).
  const pid_t tracer = member.status.tracer;
  const bool is_ours = tracer == getpid() || tracer == getppid();
  if (tracer != 0 && is_ours && member.status.state == 't') facts.status.state = 'T';
  return decide_ending(signal, facts, settings).kind == EndingKind::kSaveThenDie;
}

void keep_counters(const Member& member, int signal, VictimLocks& locks) {
  Victim victim(member.pid, signal, member.status);
  if (victim.may_have_counters()) victim.keep_counters(locks, settings.grace_ns);
}

bool send_to(const Member& member, int signal) {
  VictimLocks locks;
  keep_counters(member, signal, locks);
  if (!needs_saver(member, signal)) return pidfd_send(member.pidfd, signal) == 0;
  return kKernel.send_signal(member.pidfd, kAskSignal, ask_value(signal)) == 0;
}

}  // namespace covenv::supervise
