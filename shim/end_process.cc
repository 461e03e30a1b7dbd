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

// What a small stack has room for; a larger group is ended in parts.
constexpr std::size_t kMaxAtOnce = 128;

/// Those for which a thread of this process is waiting: a second signal means it, and goes at once.
constinit PidTable ending;

class Targets {
 public:
  explicit Targets(int signal) : signal_(signal) {}
  ~Targets() {
    for (std::size_t i = 0; i < count_; ++i) let_go(kKernel, targets_[i]);
  }

  /// Takes `pid` in if it is one to be asked. Not to be called when full.
  void consider(pid_t pid) {
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

  void end_all(std::int64_t grace_ns) {
    for (const Target& target : all()) {
      ending.add(target.pid, target.start_time);
      if (target.ending.report_as_killed) report_from_now(target);
    }
    {
      const GilRelease released;
      ask_and_wait(kKernel, all(), grace_ns);
    }
    for (const Target& target : all()) {
      ending.take(target.pid);
      if (!target.asked) report_no_more(target.pid);
    }
  }

  bool empty() const { return count_ == 0; }

  bool full() const { return count_ == kMaxAtOnce; }

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

/// Considers the group's members whose pid is above `last`, in their order, until there is no room;
/// `last` is the last that was considered.
void consider_group(pid_t group, pid_t& last, Targets& targets) {
  struct Search {
    pid_t group;
    pid_t& last;
    Targets& targets;
  } search{group, last, targets};
  for_each_process(
      kKernel,
      [](void* context, pid_t pid) {
        const auto* const wanted = static_cast<Search*>(context);
        if (pid <= wanted->last || wanted->targets.full()) return;
        wanted->last = pid;
        ProcessStat stat;
        if (read_stat(kKernel, pid, stat) && stat.process_group == wanted->group) {
          wanted->targets.consider(pid);
        }
      },
      &search);
}

void consider_one(Aim aim, int id, Targets& targets) {
  pid_t pid = aim == Aim::kPidfd ? pid_of_pidfd(kKernel, id) : id;
  if (aim == Aim::kThread) {
    ProcessStatus status;
    pid = read_status(kKernel, id, status) ? status.group_leader : 0;
  }
  if (pid > 0) targets.consider(pid);
}

/// Whether something was asked, and all that was has ended.
bool end_one(Aim aim, int id, int signal) {
  Targets targets(signal);
  consider_one(aim, id, targets);
  if (targets.ends_caller()) save_before_raising();
  if (targets.empty()) return false;
  targets.end_all(runtime().settings.grace_ns);
  return targets.all_ended();
}

/// The same for a group, all parts of it within one grace.
bool end_group(pid_t group, int signal) {
  if (group <= 1 || group == static_cast<pid_t>(raw_syscall(SYS_getpgid, 0))) return false;
  const std::int64_t grace = runtime().settings.grace_ns;
  const std::int64_t start = kKernel.now();
  bool is_any = false;
  bool all_ended = true;
  pid_t last = 0;
  for (std::int64_t left = grace; left > 0; left = grace - (kKernel.now() - start)) {
    Targets part(signal);
    consider_group(group, last, part);
    if (!part.empty()) {
      part.end_all(left);
      is_any = true;
      all_ended = all_ended && part.all_ended();
    }
    if (!part.full()) return is_any && all_ended;
  }
  return false;
}

}  // namespace

int end_by_signal(Aim aim, int id, int signal, int (*send_original)(void* context), void* context) {
  const Runtime& process = runtime();
  if (process.inert || process.settings.kill == KillMode::kOff || is_confined()) {
    return send_original(context);
  }
  const int errno_before = get_errno();
  const bool all_ended = proc_is_ours(kKernel, own_pid()) &&
                         (aim == Aim::kGroup ? end_group(id, signal) : end_one(aim, id, signal));
  set_errno(errno_before);
  // A process that is gone is not signalled again: its pid may be another's by now.
  if (all_ended && aim != Aim::kGroup) return 0;
  const int result = send_original(context);
  if (all_ended && result == -1 && get_errno() == ESRCH) {
    set_errno(errno_before);
    return 0;
  }
  return result;
}

}  // namespace covenv
