// SPDX-License-Identifier: MIT
#include "wrapper/supervise/family.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "shim/core/ending.h"
#include "shim/session/recorder.h"
#include "wrapper/supervise/processes/ask.h"

namespace covenv::supervise {
namespace {

/// True if a child of ours, alive or a zombie, is in the group, so that the group's number cannot
/// be used again.
bool holds_group(pid_t group) {
  siginfo_t status = {};
  return group != 0 &&
         (waitid(P_PGID, static_cast<id_t>(group), &status, WEXITED | WNOHANG | WNOWAIT) == 0 ||
          errno != ECHILD);
}

}  // namespace

Family::Family(const Child& child, bool adopts)
    : child_(child), adopts_(adopts), wrapper_(getpid()), single_process_(child.pid) {}

Scope Family::scope() const {
  if (is_init()) return {.wrapper = wrapper_, .everything = true};
  if (adopts_) return {.wrapper = wrapper_, .root = wrapper_};
  return {.wrapper = wrapper_, .root = child_.pid, .group = child_.group};
}

bool Family::in_group(const Member& member) const {
  return member.pid == child_.pid || (child_.group != 0 && member.group == child_.group);
}

bool Family::group_saves(int signal) {
  if (!may_end(signal) || signal == SIGKILL) return false;
  if (adopts_) {
    if (single_process_.needs_no_saver(signal)) return false;
    if (const auto status = single_process_.status()) {
      return needs_saver({.pid = child_.pid, .pidfd = -1, .group = child_.group, .status = *status},
                         signal);
    }
  }
  bool saves = false;
  for_each_member(scope(), [&](const Member& member) {
    saves = in_group(member) && needs_saver(member, signal);
    return !saves;
  });
  return saves;
}

void Family::send_to_group(int signal) {
  if (group_saves(signal)) {
    for_each_member(scope(), [&](const Member& member) {
      if (in_group(member)) send_to(member, signal);
      return true;
    });
  } else {
    VictimLocks locks;
    keep_counters_of_group(signal, locks);
    // By one call for the group, so that a process that is just being forked is not left out.
    kill(child_.group != 0 ? -child_.group : child_.pid, signal);
  }
}

void Family::keep_counters_of_group(int signal, VictimLocks& locks) {
  if (!ends_by_default(signal)) return;
  if (adopts_) {
    if (const auto status = single_process_.status()) {
      keep_counters({.pid = child_.pid, .pidfd = -1, .group = child_.group, .status = *status},
                    signal, locks);
      return;
    }
  }
  for_each_member(scope(), [&](const Member& member) {
    if (in_group(member)) keep_counters(member, signal, locks);
    return true;
  });
}

void Family::send_to_rest(int signal) const {
  for_each_member(scope(), [&](const Member& member) {
    if (!in_group(member) && !member.under_other_wrapper) send_to(member, signal);
    return true;
  });
}

void Family::send_to_all(int signal) const {
  const bool by_number = signal == SIGKILL || !proc_is_usable();
  if (by_number) {
    VictimLocks locks;
    for_each_member(scope(), [&](const Member& member) {
      keep_counters(member, signal, locks);
      return true;
    });
    if (is_init()) kill(-1, signal);
    if (!is_init() && holds_group(child_.group)) kill(-child_.group, signal);
  }
  for_each_member(scope(), [&](const Member& member) {
    if (signal == SIGKILL || !member.under_other_wrapper) send_to(member, signal);
    return true;
  });
}

bool Family::has_command_exited(Trace& trace, siginfo_t& status) const {
  for (;;) {
    siginfo_t found = {};
    if (waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) != 0 || found.si_pid == 0) {
      return false;
    }
    if (found.si_code == CLD_TRAPPED) {
      trace.serve();
      continue;
    }
    if (found.si_pid == child_.pid) {
      status = found;
      return true;
    }
    if (!trace.is_thread(found.si_pid)) record_reaped(found);
    waitid(P_PID, static_cast<id_t>(found.si_pid), nullptr, WEXITED | WNOHANG | __WALL);
  }
}

void Family::reap_command() {
  // Without adopted orphans the command stays a zombie, which keeps the number of its group.
  if (adopts_) waitid(P_PID, static_cast<id_t>(child_.pid), nullptr, WEXITED);
}

bool Family::is_gone() const {
  if (adopts_) {
    siginfo_t found = {};
    int result = 0;
    do {
      found = {};
      result = waitid(P_ALL, 0, &found, WEXITED | WNOHANG);
      if (result == 0 && found.si_pid != 0) record_reaped(found);
    } while (result == 0 && found.si_pid != 0);
    if (result == 0) return false;
    // PID 1's namespace can hold processes that are not its children (nsenter).
    if (!is_init()) return true;
  }
  bool gone = true;
  for_each_member(scope(), [&](const Member&) { return gone = false; });
  return gone;
}

}  // namespace covenv::supervise
