// SPDX-License-Identifier: MIT
#include "shim/kill/masked_status.h"

#include <sys/wait.h>

#include <atomic>

#include "shim/proc/pid_table.h"
#include "shim/proc/process.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

constinit PidTable reported;

// Too high if a wait was left by longjmp(); then stale entries are only removed later.
constinit std::atomic<int> waiting{0};

/// The entry may be of this process, or of another process in the session.
bool take(pid_t pid) {
  if (reported.take(pid)) return true;
  PidTable* const told = told_in_session();
  return told != nullptr && told->take(pid);
}

bool contains(pid_t pid) {
  const PidTable* const told = told_in_session();
  return reported.contains(pid) || (told != nullptr && told->contains(pid));
}

}  // namespace

void report_from_now(const Target& target) {
  PidTable* const others = target.parent != own_pid() ? told_in_session() : nullptr;
  PidTable* const told = others != nullptr ? others : &reported;
  const bool is_own = others == nullptr;
  // The entry of a process that was reaped without our hooks must not serve the next of that pid.
  told->sweep([is_own](pid_t pid, std::uint64_t start_time) {
    ProcessStat stat;
    if (read_stat(kKernel, pid, stat)) return stat.start_time != start_time;
    return is_own && waiting.load() == 0;
  });
  if (!told->contains(target.pid)) told->add(target.pid, target.start_time);
}

Waiting::Waiting() { waiting.fetch_add(1); }

Waiting::~Waiting() { waiting.fetch_sub(1); }

void forget_reaped(pid_t pid) {
  if (waiting.load() == 0) reported.take(pid);
}

void forget_former_process() {
  PidTable* const told = told_in_session();
  if (told == nullptr) return;
  told->sweep([](pid_t pid, std::uint64_t start_time) {
    ProcessStat stat;
    return pid == own_pid() && read_stat(kKernel, pid, stat) && stat.start_time != start_time;
  });
}

void report_no_more(pid_t pid) { take(pid); }

pid_t report_as_killed(pid_t reaped, int* status) {
  const bool has_ended = reaped > 0 && (WIFEXITED(*status) || WIFSIGNALED(*status));
  if (has_ended) record_reaped(reaped, *status);
  if (has_ended && take(reaped)) *status = SIGKILL;
  return reaped;
}

void report_as_killed(siginfo_t* info, int options) {
  const bool has_ended =
      info->si_pid > 0 &&
      (info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED);
  if (!has_ended) return;
  if ((options & WNOWAIT) == 0) record_reaped(*info);
  const bool was_killed = (options & WNOWAIT) != 0 ? contains(info->si_pid) : take(info->si_pid);
  if (!was_killed) return;
  info->si_code = CLD_KILLED;
  info->si_status = SIGKILL;
}

}  // namespace covenv
