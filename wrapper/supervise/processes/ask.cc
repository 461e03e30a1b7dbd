// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/ask.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "shim/core/ending.h"
#include "shim/kernel.h"

namespace covenv::supervise {
namespace {

Settings settings;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// Whose saver has been asked. A number that has passed on to another process does no harm: that one
// is asked as well, unless it has no saver.
std::vector<pid_t> asked;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

bool was_asked(const Member& member) {
  return std::find(asked.begin(), asked.end(), member.pid) != asked.end();
}

}  // namespace

void read_settings() {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    apply_setting(settings, *entry);
  }
}

bool needs_saver(const Member& member, int signo) {
  if (signo == SIGKILL) return false;
  TargetFacts facts;
  facts.status = member.status;
  facts.caller = getpid();
  // What asks a process to end is followed by SIGCONT.
  if (facts.status.state == 'T') facts.status.state = 'S';
  // A saver at work blocks signals for a moment: what is sent again meanwhile must not end it
  // unsaved.
  if (was_asked(member)) facts.status.blocked = 0;
  return decide_ending(signo, facts, settings).kind == EndingKind::kSaveThenDie;
}

bool send_to(const Member& member, int signo) {
  if (!needs_saver(member, signo)) return pidfd_send(member.pidfd, signo) == 0;
  if (!was_asked(member)) asked.push_back(member.pid);
  return kKernel.send_signal(member.pidfd, kAskSignal, kAsk | static_cast<unsigned>(signo)) == 0;
}

}  // namespace covenv::supervise
