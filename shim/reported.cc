// SPDX-License-Identifier: MIT
#include "reported.h"

#include <sys/wait.h>

#include <atomic>

#include "pid_table.h"
#include "process.h"
#include "recorder.h"

namespace covenv {
namespace {

constinit PidTable reported;

// More than there are where one has left by longjmp(): then nothing is forgotten early.
constinit std::atomic<int> waiting{0};

/// As wait() has it.
int to_status(const siginfo_t& info) {
  constexpr int kCoreFlag = 0x80;
  if (info.si_code == CLD_EXITED) return info.si_status << 8;
  return info.si_code == CLD_DUMPED ? info.si_status | kCoreFlag : info.si_status;
}

}  // namespace

void report_from_now(const Target& target) {
  // Whoever was reaped behind our back must not pass its entry on to the next process of that pid.
  reported.sweep([](pid_t pid, std::uint64_t start_time) {
    ProcessStat stat;
    return read_stat(kKernel, pid, stat) ? stat.start_time != start_time : waiting.load() == 0;
  });
  if (!reported.contains(target.pid)) reported.add(target.pid, target.start_time);
}

Waiting::Waiting() { waiting.fetch_add(1); }

Waiting::~Waiting() { waiting.fetch_sub(1); }

void forget_reaped(pid_t pid) {
  if (waiting.load() == 0) reported.take(pid);
}

void report_no_more(pid_t pid) { reported.take(pid); }

pid_t report_as_killed(pid_t reaped, int* status) {
  const bool has_ended = reaped > 0 && (WIFEXITED(*status) || WIFSIGNALED(*status));
  if (has_ended) record_reaped(reaped, *status);
  if (has_ended && reported.take(reaped)) *status = SIGKILL;
  return reaped;
}

void report_as_killed(siginfo_t* info, int options) {
  const bool has_ended =
      info->si_pid > 0 &&
      (info->si_code == CLD_EXITED || info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED);
  if (!has_ended) return;
  if ((options & WNOWAIT) == 0) record_reaped(info->si_pid, to_status(*info));
  const bool was_killed =
      (options & WNOWAIT) != 0 ? reported.contains(info->si_pid) : reported.take(info->si_pid);
  if (!was_killed) return;
  info->si_code = CLD_KILLED;
  info->si_status = SIGKILL;
}

}  // namespace covenv
