// SPDX-License-Identifier: MIT
#include "shim/saver/parent_death.h"

#include <sys/prctl.h>

#include "shim/core/ask_protocol.h"
#include "shim/core/ending.h"
#include "shim/proc/early.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

struct Diverted {
  pid_t self;    // a forked child has a copy of this, but not of the setting
  pid_t thread;  // the one that has the setting
  pid_t parent;  // the sigforward
  int signal;
};
COVENV_EARLY constinit Diverted diverted = {};

pid_t current_thread() { return static_cast<pid_t>(raw_syscall(SYS_gettid)); }

pid_t parent_pid() { return static_cast<pid_t>(raw_syscall(SYS_getppid)); }

}  // namespace

void divert_parent_death() {
  int signal = 0;
  if (raw_syscall(SYS_prctl, PR_GET_PDEATHSIG, to_register(&signal)) != 0) return;
  if (signal == SIGKILL || !may_end(signal)) return;
  const pid_t parent = parent_pid();
  if (!is_sigforward(kKernel, parent)) return;
  diverted = {.self = own_pid(), .thread = current_thread(), .parent = parent, .signal = signal};
  raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, kAskSignal);
}

bool is_parent_death_diverted() {
  return diverted.thread != 0 && diverted.thread == current_thread();
}

void restore_parent_death() {
  if (!is_parent_death_diverted()) return;
  raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, diverted.signal);
  diverted = {};
}

int parent_death_signal(const siginfo_t& info) {
  const bool is_it = diverted.self == own_pid() && info.si_code == SI_USER &&
                     info.si_pid == diverted.parent && parent_pid() != diverted.parent;
  return is_it ? diverted.signal : 0;
}

}  // namespace covenv
