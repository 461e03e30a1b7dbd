// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/ask.h"

#include <unistd.h>

#include "shim/core/ask_protocol.h"
#include "shim/core/ending.h"
#include "shim/proc/kernel.h"

namespace covenv::sigforward {
namespace {

Settings settings;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

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
  facts.is_continued = true;
  return decide_ending(signo, facts, settings).kind == EndingKind::kSaveThenDie;
}

bool send_to(const Member& member, int signo) {
  if (!needs_saver(member, signo)) return pidfd_send(member.pidfd, signo) == 0;
  return kKernel.send_signal(member.pidfd, kAskSignal, ask_value(signo)) == 0;
}

}  // namespace covenv::sigforward
