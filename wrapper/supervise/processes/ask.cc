// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/ask.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "shim/core/ending.h"
#include "shim/kernel.h"
#include "wrapper/common/settings.h"

namespace covenv::supervise {
namespace {

Settings settings;

/// The processes whose savers were asked. A pid that is used again does no harm: the new process is
/// asked as well, unless it has no saver.
std::vector<pid_t> asked;

bool was_asked(const Member& member) {
  return std::find(asked.begin(), asked.end(), member.pid) != asked.end();
}

}  // namespace

void read_settings() { settings = settings_of(environ); }

bool needs_saver(const Member& member, int signal) {
  if (signal == SIGKILL) return false;
  TargetFacts facts;
  facts.status = member.status;
  facts.caller = getpid();
  // A stopped process counts as running, because SIGCONT follows a signal that asks it to end.
  if (facts.status.state == 'T') facts.status.state = 'S';
  // A saver at work blocks signals for a moment: a signal that is sent again meanwhile must not end
  // the process unsaved.
  if (was_asked(member)) facts.status.blocked = 0;
  return decide_ending(signal, facts, settings).kind == EndingKind::kSaveThenDie;
}

bool send_to(const Member& member, int signal) {
  if (!needs_saver(member, signal)) return pidfd_send(member.pidfd, signal) == 0;
  if (!was_asked(member)) asked.push_back(member.pid);
  return kKernel.send_signal(member.pidfd, kAskSignal, kAsk | static_cast<unsigned>(signal)) == 0;
}

}  // namespace covenv::supervise
