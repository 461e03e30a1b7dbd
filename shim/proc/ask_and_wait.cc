// SPDX-License-Identifier: MIT
#include "shim/proc/ask_and_wait.h"

#include <linux/errno.h>

#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/proc/process.h"

namespace covenv {
namespace {

constexpr std::int64_t kPollInterval = 2000000;
// How often to check that the asked process still catches the ask.
constexpr std::int64_t kLook = 20000000;

/// Whether `stat` is of the process that we hold by its start time, and one of its threads lives:
/// /proc also says "zombie" if the leading thread alone has ended.
bool is_alive(const ProcessStat& stat, const Target& target) {
  const bool is_zombie = stat.state == 'Z' && stat.threads <= 1;
  return stat.start_time == target.start_time && !is_zombie && stat.state != 'X';
}

bool has_ended_by_stat(const Kernel& kernel, const Target& target) {
  ProcessStat stat;
  // The process may live even if the file cannot be read (no descriptor left).
  return read_stat(kernel, target.pid, stat) ? !is_alive(stat, target)
                                             : kernel.kill(target.pid, 0, 0) == -ESRCH;
}

bool has_ended(const Kernel& kernel, const Target& target) {
  return target.pidfd >= 0 ? kernel.wait_ended(target.pidfd, 0) == 1
                           : has_ended_by_stat(kernel, target);
}

int send(const Kernel& kernel, const Target& target, int signal, std::uint64_t value = 0) {
  if (target.pidfd >= 0) return kernel.send_signal(target.pidfd, signal, value);
  ProcessStat stat;
  const bool is_it = read_stat(kernel, target.pid, stat) && is_alive(stat, target);
  return is_it ? kernel.kill(target.pid, signal, value) : -ESRCH;
}

/// Whether the target can still answer. After an exec it cannot, because exec clears handlers.
bool is_listening(const Kernel& kernel, const Target& target) {
  if (target.ending.kind != EndingKind::kSaveThenDie) return true;
  ProcessStatus status;
  return read_status(kernel, target.pid, status) && status.catches(kAskSignal);
}

bool ask(const Kernel& kernel, const Target& target) {
  const Ending& ending = target.ending;
  const bool is_save = ending.kind == EndingKind::kSaveThenDie;
  const int result = is_save ? send(kernel, target, kAskSignal, ask_value(ending.ask_with))
                             : send(kernel, target, ending.ask_with);
  if (result == 0 && ending.then_continue) send(kernel, target, SIGCONT);
  return result == 0;
}

/// Continues a stopped target, or repeats the ask. False: the target cannot answer any more.
bool look_after(const Kernel& kernel, const Target& target) {
  const bool is_save = target.ending.kind == EndingKind::kSaveThenDie;
  ProcessStatus status;
  const bool is_read = read_status(kernel, target.pid, status);
  if (is_save && (!is_read || !status.catches(kAskSignal))) return false;
  if (is_read && status.state == 'T') {  // stopped after its facts were read
    if (is_save && target.ending.ask_with != SIGKILL) return false;  // stays pending
    send(kernel, target, SIGCONT);
  } else if (is_save) {
    ask(kernel, target);  // a pending SIGURG of the program's own may have swallowed the first
  }
  return true;
}

void wait_until(const Kernel& kernel, Target& target, const Deadline& deadline) {
  std::int64_t next_look = deadline.left() - kLook;
  while (!target.ended) {
    const std::int64_t left = deadline.left();
    if (left == 0) {
      target.ended = has_ended(kernel, target);
      return;
    }
    if (left <= next_look) {
      next_look = left - kLook;
      if (!look_after(kernel, target)) return;
    }
    if (target.pidfd >= 0) {
      const int result = kernel.wait_ended(target.pidfd, left > kLook ? kLook : left);
      target.ended = result == 1;
      if (result < 0 && result != -EINTR) return;
    } else if (has_ended_by_stat(kernel, target)) {
      target.ended = true;
    } else {
      kernel.sleep(left < kPollInterval ? left : kPollInterval);
    }
  }
}

bool has_child_at_turn(std::span<const Target> targets, const Target& parent, int turn) {
  for (const Target& target : targets) {
    if (target.parent == parent.pid && (target.turn == 0 || target.turn == turn)) return true;
  }
  return false;
}

/// Gives this turn to the targets that wait for no child. Returns whether it is the last turn.
bool take_turn(std::span<Target> targets, int turn) {
  bool is_last = true;
  for (Target& target : targets) {
    if (target.turn != 0) continue;
    if (has_child_at_turn(targets, target, turn)) {
      is_last = false;
    } else {
      target.turn = turn;
    }
  }
  return is_last;
}

}  // namespace

bool hold(const Kernel& kernel, pid_t pid, Target& target) {
  target = {};
  target.pid = pid;
  target.pidfd = kernel.pidfd_open(pid);
  // ESRCH: no such process; EINVAL, ENOENT from Linux 6.9: a thread that is no leader. After any
  // other error (an old kernel, a seccomp filter, no descriptor left) the start time has to do.
  if (target.pidfd == -ESRCH || target.pidfd == -EINVAL || target.pidfd == -ENOENT) return false;
  ProcessStat stat;
  if (read_stat(kernel, pid, stat)) {
    target.start_time = stat.start_time;
    return true;
  }
  let_go(kernel, target);
  return false;
}

bool is_reaped(const Kernel& kernel, const Target& target) {
  if (target.pidfd >= 0) return kernel.send_signal(target.pidfd, 0, 0) == -ESRCH;
  ProcessStat stat;
  return read_stat(kernel, target.pid, stat) ? stat.start_time != target.start_time
                                             : kernel.kill(target.pid, 0, 0) == -ESRCH;
}

void let_go(const Kernel& kernel, Target& target) {
  if (target.pidfd >= 0) kernel.close(target.pidfd);
  target.pidfd = -1;
}

void ask_and_wait(const Kernel& kernel, std::span<Target> targets, std::int64_t grace_ns,
                  const AfterAsk& then) {
  const Deadline deadline(kernel, grace_ns);
  bool is_last = false;
  for (int turn = 1; !is_last; ++turn) {
    is_last = take_turn(targets, turn);
    for (Target& target : targets) {
      if (target.turn != turn) continue;
      target.asked_at = kernel.now();
      target.asked = is_listening(kernel, target) && ask(kernel, target);
    }
    if (turn == 1 && then.run != nullptr) then.run(then.context);
    const Deadline until = is_last ? deadline : Deadline(kernel, deadline.left() / 2);
    for (Target& target : targets) {
      if (!target.asked) continue;
      const bool has_own = is_last && target.own_grace_ns != 0;
      const Deadline own(kernel, target.own_grace_ns, target.asked_at);
      wait_until(kernel, target, has_own ? own : until);
    }
  }
}

}  // namespace covenv
