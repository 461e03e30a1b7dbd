// SPDX-License-Identifier: MIT
#include "shim/kill/end_process.h"

#include <linux/errno.h>

#include <climits>
#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/kill/group_members.h"
#include "shim/kill/masked_status.h"
#include "shim/kill/target_facts.h"
#include "shim/loader/libc.h"
#include "shim/loader/stack.h"
#include "shim/native/keep_counters.h"
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

/// The targets for whose end a thread of this process waits. A second signal to one goes at once.
constinit PidTable ending;

/// A call of the caller's.
struct Killing {
  pid_t caller;
  int signal;
  VictimLocks& locks;  ///< until the signal is sent
};

class Targets {
 public:
  /// `group`: 0 if a single process is meant.
  Targets(const Killing& killing, std::span<Target> room, const Deadline* deadline = nullptr,
          pid_t group = 0)
      : signal_(killing.signal),
        caller_(killing.caller),
        group_(group),
        targets_(room),
        locks_(killing.locks),
        deadline_(deadline) {}
  ~Targets() {
    for (std::size_t i = 0; i < count_; ++i) let_go(kKernel, targets_[i]);
  }

  /// Adds `pid` if it has to be asked. False if there is no such process. Requires room for one.
  bool consider(pid_t pid) {
    Target& target = targets_[count_];
    target = {};
    TargetFacts facts;
    if (!decide(pid, target, facts)) return false;
    if (is_to_be_held(target.ending)) {
      // Decided again once it is held, because the pid may be another process's by now.
      if (!hold(kKernel, pid, target)) return false;
      if (!decide(pid, target, facts)) {
        let_go(kKernel, target);
        return false;
      }
    }
    if (target.ending.kind == EndingKind::kSaveHere) ends_caller_ = true;
    if (target.ending.kind != EndingKind::kTerminateThenKill) keep_counters(pid, facts.status);
    record_pass(pid, target.ending, facts.status);
    if (is_to_be_held(target.ending)) {
      ++count_;
      return true;
    }
    let_go(kKernel, target);
    const bool ends = pid != caller_ && ends_now(signal_, facts.status);
    if (group_ != 0 && ends && other_count_ < GroupMembers::kMost) others_[other_count_++] = pid;
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
      ask_and_wait(
          kKernel, all(), grace_ns,
          {.run = [](void* self) { static_cast<Targets*>(self)->end_others(); }, .context = this});
    }
    // In half of the grace, a target that was asked tells by itself.
    const bool has_time = kKernel.now() - started > grace_ns / 2;
    for (const Target& target : all()) {
      ProcessStatus status;
      const bool has_told = target.asked && (target.ended || has_time);
      if (!has_told && read_process(target.pid, status)) record_measuring(target.pid, status);
      record_killed(target.pid, target.ending.kind, signal_, kKernel.now() - started, target.ended);
      ending.take(target.pid);
      if (!target.asked) report_no_more(target.pid);
      if (target.ended && is_reaped(kKernel, target)) forget_reaped(target.pid);
    }
  }

  bool empty() const { return count_ == 0; }

  bool ends_caller() const { return ends_caller_; }

  /// Whether the kernel has accepted a signal of ours.
  bool any_asked() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (targets_[i].asked) return true;
    }
    return false;
  }

  /// Whether no target is left for a SIGKILL.
  bool all_ended() const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!targets_[i].ended) return false;
    }
    return true;
  }

 private:
  static bool is_to_be_held(const Ending& how) {
    return how.kind != EndingKind::kPassThrough && how.kind != EndingKind::kSaveHere;
  }

  /// Decides how `pid` is ended. False if there is no such process.
  bool decide(pid_t pid, Target& target, TargetFacts& facts) const {
    const Settings& settings = runtime().settings;
    facts = {};
    target.ending = {};
    if (!read_process(pid, facts.status)) return false;
    target.parent = facts.status.parent;
    if (!may_be_asked(signal_, facts.status, settings)) return true;
    gather_facts(signal_, pid, caller_, facts);
    facts.already_ending = ending.contains(pid);
    if (facts.is_wrapper) target.own_grace_ns = time_of_wrapper(kKernel, pid);
    target.ending = decide_ending(signal_, facts, settings);
    return true;
  }

  /// All victims of a call together wait for locks no longer than the grace.
  void keep_counters(pid_t pid, const ProcessStatus& status) const {
    if (pid == caller_ && group_ == 0) return;  // has been done
    Victim victim(pid, signal_, status);
    if (!victim.may_have_counters()) return;
    const GilRelease released;
    victim.keep_counters(locks_,
                         deadline_ != nullptr ? deadline_->left() : runtime().settings.grace_ns);
  }

  /// For a process that dies without having been asked, or before it has answered: a Ruby and a PHP
  /// tell by themselves no earlier than they save.
  void record_measuring(pid_t pid, const ProcessStatus& status) const {
    if (status.is_dead() || pid == caller_ || !is_in_session()) return;
    const bool has_saver = has_signature(status, runtime().settings.signature);
    const MeasuredWith with = has_saver ? MeasuredWith::kSaver : MeasuredWith::kUnarmed;
    if (has_coverage_in_ruby(kKernel, pid, status)) {
      record_measured_in(pid, status.parent, with, RuntimeKind::kRuby);
    } else if (has_saver && status.is_called_php) {
      record_measured_in(pid, status.parent, with, RuntimeKind::kPhp);
    }
  }

  /// Also records a caught signal that dumps core: its handler mostly sends it on (faulthandler).
  void record_pass(pid_t pid, const Ending& how, const ProcessStatus& status) const {
    if (how.kind != EndingKind::kPassThrough) return;
    const bool ends = ends_now(signal_, status);
    if (ends) record_measuring(pid, status);
    if (ends || dumps_core(signal_)) record_killed(pid, how.kind, signal_);
  }

  /// Sends the signal to the members of the group that are not asked. Now, because a shell that
  /// waits for an asked one would go on with its next command. The youngest last, because the shell
  /// above it waits for it.
  void end_others() const {
    for (std::size_t i = other_count_; i-- > 0;) {
      const int pidfd = kKernel.pidfd_open(others_[i]);
      if (pidfd < 0) continue;
      if (raw_syscall(SYS_getpgid, others_[i]) == group_) {
        kKernel.send_signal(pidfd, signal_, 0);
      }
      kKernel.close(pidfd);
    }
  }

  std::span<Target> all() { return targets_.first(count_); }

  int signal_;
  pid_t caller_;
  pid_t group_;
  std::span<Target> targets_;
  VictimLocks& locks_;
  const Deadline* deadline_;  // of a group; nullptr: a single process has the whole grace
  std::size_t count_ = 0;
  pid_t others_[GroupMembers::kMost];
  std::size_t other_count_ = 0;
  bool ends_caller_ = false;
};

void consider_one(const Goal& goal, Targets& targets) {
  if (goal.aim == Aim::kPidfd) {
    const pid_t pid = pid_of_pidfd(kKernel, goal.id);
    if (pid > 0) targets.consider(pid);
    return;
  }
  // kill() accepts the id of any thread, and means the thread's process.
  if (goal.aim == Aim::kProcess && (goal.id <= 0 || targets.consider(goal.id))) return;
  const pid_t leader = leader_of(goal.id);
  if (leader > 0 && (goal.process == Goal::kAnyProcess || goal.process == leader)) {
    targets.consider(leader);
  }
}

struct Outcome {
  bool any_asked = false;    ///< the kernel has accepted a signal of ours
  bool all_ended = true;     ///< no target is left for a SIGKILL
  bool ends_caller = false;  ///< which has saved

  void add(const Targets& part) {
    any_asked = any_asked || part.any_asked();
    all_ended = all_ended && part.all_ended();
  }
};

Outcome end_one(const Goal& goal, const Killing& killing) {
  Target room[1];
  Targets targets(killing, room);
  consider_one(goal, targets);
  Outcome outcome;
  outcome.ends_caller = targets.ends_caller();
  if (outcome.ends_caller && save_before_raising(killing.signal)) {
    outcome.any_asked = true;
    return outcome;
  }
  if (!targets.empty()) targets.end_all(runtime().settings.grace_ns);
  outcome.add(targets);
  return outcome;
}

/// Ends the group part by part within one grace. Each part but the last may take half of the rest.
Outcome end_group(int id, const Killing& killing) {
  Outcome outcome;
  const pid_t group = id == 0 ? static_cast<pid_t>(raw_syscall(SYS_getpgid, 0)) : id;
  if (id == 1 || group <= 0) return outcome;
  const Deadline deadline(kKernel, runtime().settings.grace_ns);
  pid_t below = INT_MAX;
  for (bool is_last = false; !is_last && deadline.left() != 0;) {
    const GroupMembers members(group, below);
    Target room[GroupMembers::kMost];
    Targets part(killing, room, &deadline, group);
    for (const pid_t pid : members.pids()) {
      part.consider(pid);
      below = pid;
    }
    is_last = members.is_all();
    if (part.ends_caller()) {
      save_before_raising(killing.signal);
      outcome.ends_caller = true;
    }
    if (!part.empty()) part.end_all(is_last ? deadline.left() : deadline.left() / 2);
    outcome.add(part);
  }
  return outcome;
}

bool is_own(const Goal& goal, pid_t caller) {
  return goal.aim == Aim::kProcess  ? goal.id == caller
         : goal.aim == Aim::kThread ? goal.process == caller
                                    : false;
}

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
  if (runtime().inert || is_confined() || !is_in_session()) return;
  if (is_own(goal, own_pid()) && !is_saver_armed()) return;
  const ErrnoGuard guard;
  if (goal.aim != Aim::kGroup) {
    const pid_t pid = goal.aim == Aim::kPidfd    ? pid_of_pidfd(kKernel, goal.id)
                      : goal.aim == Aim::kThread ? leader_of(goal.id)
                                                 : goal.id;
    if (pid > 0) record_killed(pid, EndingKind::kPassThrough, signal);
    return;
  }
  const pid_t group = goal.id == 0 ? static_cast<pid_t>(raw_syscall(SYS_getpgid, 0)) : goal.id;
  if (goal.id == 1 || group <= 0) return;
  const GroupMembers members(group, INT_MAX);
  for (const pid_t pid : members.pids()) record_killed(pid, EndingKind::kPassThrough, signal);
}

int end_by_signal(const Goal& goal, int signal, int (*send_original)(void* context),
                  void* context) {
  const Runtime& process = runtime();
  if (process.inert || process.settings.kill == KillMode::kOff || is_confined()) {
    return send_original(context);
  }
  VictimLocks locks;
  const Killing killing = {.caller = own_pid(), .signal = signal, .locks = locks};
  if (is_own(goal, killing.caller)) {
    keep_own_counters(signal, locks);
    // As a stop-the-world collector does.
    if (!is_saver_armed()) return send_original(context);
    // A crash handler sends this: its stack may be small, and the process's memory may be damaged.
    // PHP's handler of SIGQUIT sends SIGQUIT on, and the save comes after the handler.
    const bool is_sent_on = signal == SIGQUIT && armed_runtime() == RuntimeKind::kPhp;
    if (dumps_core(signal) && !is_sent_on && !is_sent_by_program(goal.return_address)) {
      note_signal(goal, signal);
      return send_original(context);
    }
  }
  const int errno_before = get_errno();
  Outcome outcome;
  if (proc_is_ours(kKernel, killing.caller)) {
    outcome = goal.aim == Aim::kGroup ? end_group(goal.id, killing) : end_one(goal, killing);
  }
  set_errno(errno_before);
  if (!outcome.any_asked) {
    const int result = send_original(context);
    if (outcome.ends_caller) go_on_after_raising();
    return result;
  }
  // No signal is sent to a process that is gone, because its pid may be another process's by now.
  if (goal.aim != Aim::kGroup && outcome.all_ended) return 0;
  const int result = send_original(context);
  if (result != -1) return result;
  // Without us the call would have found the targets that are gone; in a group one is enough.
  const int error = get_errno();
  if (error != ESRCH && (error != EPERM || goal.aim != Aim::kGroup)) return result;
  set_errno(errno_before);
  return 0;
}

}  // namespace covenv
