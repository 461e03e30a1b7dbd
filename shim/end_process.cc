// SPDX-License-Identifier: MIT
#include "end_process.h"

#include <linux/errno.h>

#include "gil.h"
#include "leave.h"
#include "libc.h"
#include "own_filter.h"
#include "pid_table.h"
#include "process.h"
#include "raw_syscall.h"
#include "reported.h"
#include "runtime.h"
#include "teardown.h"

namespace covenv {
namespace {

// Of a larger group the rest is killed without being asked.
constexpr std::size_t kMaxAtOnce = 128;

/// Those for which a thread of this process is waiting: a second signal means it, and goes at once.
constinit PidTable ending;

class Targets {
 public:
  explicit Targets(int signal) : signal_(signal) {}
  ~Targets() {
    for (std::size_t i = 0; i < count_; ++i) let_go(kKernel, targets_[i]);
  }

  /// Takes `pid` in if it is one to be asked.
  void consider(pid_t pid) {
    if (count_ == kMaxAtOnce) return;
    Target& target = targets_[count_];
    if (!hold(kKernel, pid, target)) return;
    TargetFacts facts;
    facts.caller = own_pid();
    facts.already_ending = ending.contains(pid);
    if (read_status(kKernel, pid, facts.status)) {
      facts.is_measuring_runtime = signal_ == SIGKILL &&
                                   !has_signature(facts.status, runtime().settings.signature) &&
                                   is_measuring_runtime(kKernel, pid);
      target.parent = facts.status.parent;
      target.ending = decide_ending(signal_, facts, runtime().settings);
    }
    const EndingKind kind = target.ending.kind;
    if (kind == EndingKind::kSaveHere) ends_caller_ = true;
    if (kind == EndingKind::kPassThrough || kind == EndingKind::kSaveHere) {
      let_go(kKernel, target);
    } else {
      ++count_;
    }
  }

  void end_all() {
    for (const Target& target : all()) {
      ending.add(target.pid, target.start_time);
      if (target.ending.report_as_killed) report_from_now(target);
    }
    {
      const GilRelease released;
      ask_and_wait(kKernel, all(), runtime().settings.grace_ns);
    }
    for (const Target& target : all()) {
      ending.take(target.pid);
      if (!target.asked) report_no_more(target.pid);
    }
  }

  bool empty() const { return count_ == 0; }

  bool ends_caller() const { return ends_caller_; }

  /// Whether nothing is left for a SIGKILL to do.
  bool all_ended() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!targets_[i].ended) return false;
    }
    return true;
  }

 private:
  std::span<Target> all() { return {targets_, count_}; }

  int signal_;
  Target targets_[kMaxAtOnce];
  std::size_t count_ = 0;
  bool ends_caller_ = false;
};

void consider_group(pid_t group, Targets& targets) {
  struct Search {
    pid_t group;
    Targets& targets;
  } search{group, targets};
  for_each_process(
      kKernel,
      [](void* context, pid_t pid) {
        const auto* const wanted = static_cast<Search*>(context);
        ProcessStat stat;
        if (read_stat(kKernel, pid, stat) && stat.process_group == wanted->group) {
          wanted->targets.consider(pid);
        }
      },
      &search);
}

void consider_aim(Aim aim, int id, Targets& targets) {
  if (aim == Aim::kGroup) {
    const bool is_own = id == static_cast<int>(raw_syscall(SYS_getpgid, 0));
    if (id > 1 && !is_own) consider_group(id, targets);
    return;
  }
  pid_t pid = aim == Aim::kPidfd ? pid_of_pidfd(kKernel, id) : id;
  if (aim == Aim::kThread) {
    ProcessStatus status;
    pid = read_status(kKernel, id, status) ? status.group_leader : 0;
  }
  if (pid > 0) targets.consider(pid);
}

}  // namespace

int end_by_signal(Aim aim, int id, int signal, int (*send_original)(void* context), void* context) {
  const Runtime& process = runtime();
  if (process.inert || process.settings.kill == KillMode::kOff || is_confined()) {
    return send_original(context);
  }
  const int errno_before = get_errno();
  Targets targets(signal);
  if (proc_is_ours(kKernel, own_pid())) consider_aim(aim, id, targets);
  if (targets.ends_caller()) save_before_raising();
  if (targets.empty()) {
    set_errno(errno_before);
    return send_original(context);
  }
  targets.end_all();
  set_errno(errno_before);
  // A process that is gone is not signalled again: its pid may be another's by now.
  if (aim != Aim::kGroup && targets.all_ended()) return 0;
  const int result = send_original(context);
  if (result == -1 && get_errno() == ESRCH && targets.all_ended()) {
    set_errno(errno_before);
    return 0;
  }
  return result;
}

}  // namespace covenv
