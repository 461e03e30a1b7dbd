// SPDX-License-Identifier: MIT
#include "shim/kill/target_facts.h"

#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/proc/dotnet.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/session/recorder.h"
#include "shim/state/runtime.h"

namespace covenv {

pid_t leader_of(pid_t thread) {
  ProcessStatus status;
  return thread > 0 && read_status(kKernel, thread, status) ? status.group_leader : 0;
}

// Under strace a process stops at each system call for microseconds; a debugger holds it for long.
bool read_process(pid_t pid, ProcessStatus& status) {
  constexpr int kLooks = 5;
  constexpr std::int64_t kBetween = 4000000;
  bool is_read = read_status(kKernel, pid, status);
  for (int look = 1; look < kLooks && is_read && status.state == 't'; ++look) {
    if (!has_signature(status, runtime().settings.signature)) break;
    if (leader_of(status.tracer) == own_pid()) break;
    kKernel.sleep(kBetween);
    is_read = read_status(kKernel, pid, status);
  }
  return is_read && status.group_leader == pid;
}

void gather_facts(int signal, pid_t pid, pid_t caller, TargetFacts& facts) {
  const ProcessStatus& status = facts.status;
  const bool is_kill = signal == SIGKILL;
  const bool is_marked = has_signature(status, runtime().settings.signature);
  facts.caller = caller;
  facts.is_measuring_runtime =
      is_kill && !is_marked &&
      (is_measuring_runtime(kKernel, pid) || is_measured_by_coverlet(kKernel, pid, status));
  facts.keeps_signal = !is_kill && is_marked && keeps_signal(kKernel, pid, signal, status);
  facts.is_traced_by_caller = leader_of(status.tracer) == caller;
  facts.is_wrapper = is_kill && is_sigforward(kKernel, pid, status);
  facts.parent_can_be_told = told_in_session() != nullptr;
}

}  // namespace covenv
