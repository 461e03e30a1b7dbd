// SPDX-License-Identifier: MIT
#include "shim/kill/end_process.h"

#include <linux/errno.h>

#include <climits>

#include "shim/kill/masked_status.h"
#include "shim/loader/libc.h"
#include "shim/loader/stack.h"
#include "shim/proc/ask_and_wait.h"
#include "shim/proc/pid_table.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/saver/save_on_exit.h"
#include "shim/saver/saver.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

// A larger group is ended in parts: every stack has room for that many, without a look, which
// valgrind would report.
constexpr std::size_t kMaxAtOnce = 32;

/// Those for which a thread of this process is waiting: a second signal means it, and goes at once.
constinit PidTable ending;

/// The process that a thread is of; 0 where there is none.
pid_t leader_of(pid_t thread) {
  ProcessStatus status;
  return thread > 0 && read_status(kKernel, thread, status) ? status.group_leader : 0;
}

/// A process that is traced stops at each of its system calls, as a rule for microseconds; one that
/// a debugger holds, for long. Of a measured one that others trace another look is taken.
bool read_status_past_stop(pid_t pid, ProcessStatus& status) {
  constexpr int kLooks = 5;
  constexpr std::int64_t kBetween = 4000000;
  bool is_read = read_status(kKernel, pid, status);
  for (int look = 1; look < kLooks && is_read && status.state == 't'; ++look) {
    if (!has_signature(status, runtime().settings.signature)) break;
    if (leader_of(status.tracer) == own_pid()) break;
    kKernel.sleep(kBetween);
    is_read = read_status(kKernel, pid, status);
  }
  return is_read;
}

class Targets {
 public:
  Targets(int signal, std::span<Target> room) : signal_(signal), targets_(room) {}
  ~Targets() {
    for (std::size_t i = 0; i < count_; ++i) let_go(kKernel, targets_[i]);
  }

  /// Takes `pid` in if it is one to be asked. False if there is no such process. Not to be called
  /// when there is no room.
  bool consider(pid_t pid) {
    Target& target = targets_[count_];
    target = {};
    ProcessStatus status;
    if (!look_at(pid, target, status)) return false;
    if (needs_hold(target.ending)) {
      // What was looked at may have made room for another process of this pid.
      if (!hold(kKernel, pid, target)) return false;
      if (!look_at(pid, target, status)) {
        let_go(kKernel, target);
        return false;
      }
    }
    const EndingKind kind = target.ending.kind;
    if (kind == EndingKind::kSaveHere) ends_caller_ = true;
    // A handler of a signal that dumps core sends it on, as a rule: faulthandler's does.
    if (kind == EndingKind::kPassThrough && (ends(status) || dumps_core(signal_))) {
      record_ended(pid, target.ending, signal_, 0, false);
    }
    if (needs_hold(target.ending)) {
      ++count_;
    } else {
      let_go(kKernel, target);
    }
    return true;
  }

  void end_all(std::int64_t grace_ns) {
    const std::int64_t started = kKernel.now();
    for (const Target& target : all()) {
      ending.add(target.pid, target.start_time);
      if (target.ending.report_as_killed) report_from_now(target);
    }
    {
      const GilRelease released;
      ask_and_wait(kKernel, all(), grace_ns);
    }
    for (const Target& target : all()) {
      record_ended(target.pid, target.ending, signal_, kKernel.now() - started, target.ended);
      ending.take(target.pid);
      if (!target.asked) report_no_more(target.pid);
      if (target.ended && is_reaped(kKernel, target)) forget_reaped(target.pid);
    }
  }

  bool empty() const { return count_ == 0; }

  bool ends_caller() const { return ends_caller_; }

  /// Whether the kernel has let a signal of ours through.
  bool any_asked() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (targets_[i].asked) return true;
    }
    return false;
  }

  /// Whether nothing is left for a SIGKILL to do.
  bool all_ended() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!targets_[i].ended) return false;
    }
    return true;
  }

 private:
  static bool needs_hold(const Ending& how) {
    return how.kind != EndingKind::kPassThrough && how.kind != EndingKind::kSaveHere;
  }

  /// Decides how `pid` is ended. False if there is no such process.
  bool look_at(pid_t pid, Target& target, ProcessStatus& status) const {
    if (!read_status_past_stop(pid, status) || status.group_leader != pid) return false;
    const Settings& settings = runtime().settings;
    target.ending = {};
    target.parent = status.parent;
    if (!may_be_asked(signal_, status, settings)) return true;
    TargetFacts facts{.status = status, .caller = own_pid()};
    facts.already_ending = ending.contains(pid);
    const bool is_marked = has_signature(status, settings.signature);
    facts.is_measuring_runtime =
        signal_ == SIGKILL && !is_marked && is_measuring_runtime(kKernel, pid);
    facts.keeps_signal =
        signal_ != SIGKILL && is_marked && keeps_signal(kKernel, pid, signal_, status);
    facts.is_traced_by_caller = leader_of(status.tracer) == facts.caller;
    facts.is_wrapper = signal_ == SIGKILL && is_sigforward(kKernel, pid, status);
    if (facts.is_wrapper) target.own_grace_ns = time_of_wrapper(kKernel, pid);
    facts.parent_can_be_told = told_in_session() != nullptr;
    target.ending = decide_ending(signal_, facts, settings);
    return true;
  }

  /// Whether the signal ends a process of this status as its dispositions are now.
  bool ends(const ProcessStatus& status) const {
    if (signal_ == SIGKILL) return true;
    return ends_by_default(signal_) && status.group_leader != 0 && !status.blocks(signal_) &&
           !status.catches(signal_) && !status.ignores(signal_);
  }

  std::span<Target> all() { return targets_.first(count_); }

  int signal_;
  std::span<Target> targets_;
  std::size_t count_ = 0;
  bool ends_caller_ = false;
};

/// 0 where there is no such process. A file of /proc takes twenty times as long.
pid_t group_of(pid_t pid) {
  const long group = raw_syscall(SYS_getpgid, pid);
  if (group >= 0 || group == -ESRCH) return group > 0 ? static_cast<pid_t>(group) : 0;
  ProcessStat stat;
  return read_stat(kKernel, pid, stat) ? stat.process_group : 0;
}

/// The greatest pids of a group below a bound, in falling order: children, as a rule, before their
/// parents.
class Members {
 public:
  Members(pid_t group, pid_t below) : group_(group), below_(below) {
    for_each_process(
        kKernel, [](void* self, pid_t pid) { static_cast<Members*>(self)->look_at(pid); }, this);
  }

  std::span<const pid_t> pids() const { return {pids_, count_}; }
  bool is_all() const { return is_all_; }

 private:
  void look_at(pid_t pid) {
    if (pid >= below_ || group_of(pid) != group_) return;
    std::size_t at = 0;
    while (at < count_ && pids_[at] > pid) ++at;
    if (count_ == kMaxAtOnce) is_all_ = false;
    if (at == kMaxAtOnce) return;
    if (count_ < kMaxAtOnce) ++count_;
    for (std::size_t i = count_ - 1; i > at; --i) pids_[i] = pids_[i - 1];
    pids_[at] = pid;
  }

  pid_t group_;
  pid_t below_;
  pid_t pids_[kMaxAtOnce];
  std::size_t count_ = 0;
  bool is_all_ = true;
};

void consider_one(const Goal& goal, Targets& targets) {
  if (goal.aim == Aim::kPidfd) {
    const pid_t pid = pid_of_pidfd(kKernel, goal.id);
    if (pid > 0) targets.consider(pid);
    return;
  }
  // kill() takes the id of any thread for its process.
  if (goal.aim == Aim::kProcess && (goal.id <= 0 || targets.consider(goal.id))) return;
  const pid_t leader = leader_of(goal.id);
  if (leader > 0 && (goal.process == Goal::kAnyProcess || goal.process == leader)) {
    targets.consider(leader);
  }
}

struct Outcome {
  bool any_asked = false;  ///< the kernel has let a signal of ours through
  bool all_ended = true;   ///< nothing is left for a SIGKILL to do

  void add(const Targets& part) {
    any_asked = any_asked || part.any_asked();
    all_ended = all_ended && part.all_ended();
  }
};

Outcome end_one(const Goal& goal, int signal) {
  Target room[1];
  Targets targets(signal, room);
  consider_one(goal, targets);
  if (targets.ends_caller()) save_before_raising();
  if (!targets.empty()) targets.end_all(runtime().settings.grace_ns);
  Outcome outcome;
  outcome.add(targets);
  return outcome;
}

/// All parts of the group within one grace, of which a part that is not the last may take half.
Outcome end_group(int id, int signal) {
  Outcome outcome;
  const pid_t group = id == 0 ? static_cast<pid_t>(raw_syscall(SYS_getpgid, 0)) : id;
  if (id == 1 || group <= 0) return outcome;
  const Deadline deadline(kKernel, runtime().settings.grace_ns);
  pid_t below = INT_MAX;
  for (bool is_last = false; !is_last && deadline.left() != 0;) {
    const Members members(group, below);
    Target room[kMaxAtOnce];
    Targets part(signal, room);
    for (const pid_t pid : members.pids()) {
      part.consider(pid);
      below = pid;
    }
    is_last = members.is_all();
    if (part.ends_caller()) save_before_raising();
    if (!part.empty()) part.end_all(is_last ? deadline.left() : deadline.left() / 2);
    outcome.add(part);
  }
  return outcome;
}

bool is_own(const Goal& goal) {
  return goal.aim == Aim::kProcess  ? goal.id == own_pid()
         : goal.aim == Aim::kThread ? goal.process == own_pid()
                                    : false;
}

/// Whether a process signals itself that has nothing to save: a stop-the-world collector does.
bool is_own_business(const Goal& goal) { return is_own(goal) && !is_saver_armed(); }

}  // namespace

bool can_be_queued(const siginfo_t* info) {
  const char* const bytes = reinterpret_cast<const char*>(info);
  return is_readable(bytes) && is_readable(bytes + sizeof(*info) - 1) && info->si_code < 0 &&
         info->si_code != SI_TKILL;
}

bool can_be_sent_by_pidfd(int signal, const siginfo_t* info, unsigned flags) {
  return flags == 0 && (info == nullptr || (can_be_queued(info) && info->si_signo == signal));
}

void note_signal(const Goal& goal, int signal) {
  if (runtime().inert || is_confined() || !is_in_session() || is_own_business(goal)) return;
  const ErrnoGuard guard;
  if (goal.aim != Aim::kGroup) {
    const pid_t pid = goal.aim == Aim::kPidfd    ? pid_of_pidfd(kKernel, goal.id)
                      : goal.aim == Aim::kThread ? leader_of(goal.id)
                                                 : goal.id;
    if (pid > 0) record_ended(pid, {}, signal, 0, false);
    return;
  }
  const pid_t group = goal.id == 0 ? static_cast<pid_t>(raw_syscall(SYS_getpgid, 0)) : goal.id;
  if (goal.id == 1 || group <= 0) return;
  const Members members(group, INT_MAX);
  for (const pid_t pid : members.pids()) record_ended(pid, {}, signal, 0, false);
}

int end_by_signal(const Goal& goal, int signal, int (*send_original)(void* context),
                  void* context) {
  const Runtime& process = runtime();
  if (process.inert || process.settings.kill == KillMode::kOff || is_confined() ||
      is_own_business(goal)) {
    return send_original(context);
  }
  // What is sent by a crash handler: the stack may be small, and nothing else is to be trusted.
  if (dumps_core(signal) && is_own(goal)) {
    note_signal(goal, signal);
    return send_original(context);
  }
  const int errno_before = get_errno();
  Outcome outcome;
  if (proc_is_ours(kKernel, own_pid())) {
    outcome = goal.aim == Aim::kGroup ? end_group(goal.id, signal) : end_one(goal, signal);
  }
  set_errno(errno_before);
  if (!outcome.any_asked) return send_original(context);
  // A process that is gone is not signalled again: its pid may be another's by now.
  if (goal.aim != Aim::kGroup && outcome.all_ended) return 0;
  const int result = send_original(context);
  if (result != -1) return result;
  // Who is gone would have been there without us; and of a group one is enough.
  const int error = get_errno();
  if (error != ESRCH && (error != EPERM || goal.aim != Aim::kGroup)) return result;
  set_errno(errno_before);
  return 0;
}

}  // namespace covenv
