// SPDX-License-Identifier: MIT
#include "wrapper/supervise/family.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "shim/core/ending.h"
#include "shim/recorder.h"
#include "wrapper/supervise/processes/ask.h"

namespace covenv::supervise {
namespace {

// Whether a child of ours, alive or dead, is in the group, so that its number cannot be another's.
bool holds_group(pid_t group) {
  siginfo_t status = {};
  return group != 0 &&
         (waitid(P_PGID, static_cast<id_t>(group), &status, WEXITED | WNOHANG | WNOWAIT) == 0 ||
          errno != ECHILD);
}

}  // namespace

Family::Family(const Child& child, bool adopts)
    : child_(child), adopts_(adopts), is_init_(getpid() == 1), lone_command_(child.pid) {}

Scope Family::scope() const {
  if (is_init_) return {.everything = true};
  if (adopts_) return {.root = getpid()};
  return {.root = child_.pid, .group = child_.group};
}

bool Family::in_group(const Member& member) const {
  return member.pid == child_.pid || (child_.group != 0 && member.group == child_.group);
}

bool Family::group_saves(int signo) {
  if (!may_end(signo) || signo == SIGKILL) return false;
  if (adopts_) {
    if (lone_command_.needs_no_saver(signo)) return false;
    if (const auto status = lone_command_.status()) {
      return needs_saver({.pid = child_.pid, .pidfd = -1, .group = child_.group, .status = *status},
                         signo);
    }
  }
  bool saves = false;
  for_each_member(scope(), [&](const Member& member) {
    saves = in_group(member) && needs_saver(member, signo);
    return !saves;
  });
  return saves;
}

void Family::send_to_group(int signo) {
  if (group_saves(signo)) {
    for_each_member(scope(), [&](const Member& member) {
      if (in_group(member)) send_to(member, signo);
      return true;
    });
  } else {
    // At once, so that none that is just being forked is left out.
    kill(child_.group != 0 ? -child_.group : child_.pid, signo);
  }
}

void Family::send_to_rest(int signo) const {
  for_each_member(scope(), [&](const Member& member) {
    if (!in_group(member) && !member.in_other_care) send_to(member, signo);
    return true;
  });
}

void Family::send_to_all(int signo) const {
  const bool by_number = signo == SIGKILL || !proc_is_usable();
  if (by_number && is_init_) kill(-1, signo);
  if (by_number && !is_init_ && holds_group(child_.group)) kill(-child_.group, signo);
  for_each_member(scope(), [&](const Member& member) {
    if (signo == SIGKILL || !member.in_other_care) send_to(member, signo);
    return true;
  });
}

bool Family::has_command_exited(siginfo_t& status) const {
  for (;;) {
    siginfo_t found = {};
    if (waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) != 0 || found.si_pid == 0) {
      return false;
    }
    if (found.si_pid == child_.pid) {
      status = found;
      return true;
    }
    record_reaped(found);
    waitid(P_PID, static_cast<id_t>(found.si_pid), nullptr, WEXITED | WNOHANG);
  }
}

void Family::reap_command() {
  // Where orphans do not come to us, its zombie has to hold the number of its group.
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
    // Others can be in our pid namespace without being our children (nsenter).
    if (!is_init_) return true;
  }
  bool gone = true;
  for_each_member(scope(), [&](const Member&) { return gone = false; });
  return gone;
}

}  // namespace covenv::supervise
