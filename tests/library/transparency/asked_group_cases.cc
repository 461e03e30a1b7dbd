// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "asked_target.h"
#include "senders.h"
#include "signal_cases.h"

namespace transparency {
namespace {

constexpr uid_t kNobody = 65534;

Setup member_of(pid_t group, bool can_be_asked = true) {
  Setup setup;
  setup.group = group;
  setup.can_be_asked = can_be_asked;
  return setup;
}

json mixed(const Sender& sender) {
  const AskedTarget leader = start_target();
  const AskedTarget plain = start_target(member_of(leader.pid, false));
  const AskedTarget second = start_target(member_of(leader.pid));
  json saw = outcome([&] { return sender.send(leader.pid, SIGKILL); });
  for (const AskedTarget& target : {leader, plain, second}) {
    saw["statuses"].push_back(status_of(target.pid));
  }
  return saw;
}

// A group whose leader is a zombie, or reaped, is killed.
json leader_gone(const Sender& sender, bool reaped) {
  const AskedTarget leader = start_target(member_of(0, false));
  const AskedTarget member = start_target(member_of(leader.pid));
  raw_kill(leader.pid, SIGTERM);
  await_state(leader.pid, 'Z');
  json saw;
  if (reaped) {
    saw["leader"] = status_of(leader.pid);
    saw["by_pid"] = outcome([&] { return kill(leader.pid, SIGKILL); });
  }
  saw["group"] = outcome([&] { return sender.send(leader.pid, SIGKILL); });
  saw["member"] = status_of(member.pid);
  if (!reaped) saw["leader"] = status_of(leader.pid);
  return saw;
}

json nested_session(const Sender& sender) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0) std::abort();
  Setup setup;
  setup.then = [told] {
    Setup nested;
    nested.first = [] { setsid(); };
    const pid_t pid = start_target(nested).pid;
    if (write(told[1], &pid, sizeof(pid)) < 0) _exit(95);
  };
  const AskedTarget leader = start_target(setup);
  pid_t nested = 0;
  if (read(told[0], &nested, sizeof(nested)) != sizeof(nested)) std::abort();
  json saw = outcome([&] { return sender.send(leader.pid, SIGKILL); });
  saw["leader"] = status_of(leader.pid);
  saw["nested_lives"] = waitpid(nested, nullptr, WNOHANG) == 0;
  saw["nested"] = end(nested);
  return saw;
}

json own_group(int (*send)()) {
  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0) std::abort();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t killer = fork();
  if (killer == 0) {
    setpgid(0, 0);
    const pid_t member = start_target(member_of(getpid())).pid;
    if (write(told[1], &member, sizeof(member)) < 0) _exit(95);
    send();
    stay();
  }
  pid_t member = 0;
  if (read(told[0], &member, sizeof(member)) != sizeof(member)) std::abort();
  json saw = {status_of(killer)};
  saw.push_back(status_of(member));
  return saw;
}

// A kill of a group succeeds if one member may be signalled.
json some_of_others(bool with_foreign_saver, bool reaped) {
  if (reaped) std::signal(SIGCHLD, SIG_IGN);
  const AskedTarget foreign = start_target(member_of(0, with_foreign_saver));
  Setup setup = member_of(foreign.pid);
  const AskedTarget own = [&] {
    setup.first = [] {
      if (setresuid(kNobody, kNobody, kNobody) != 0) _exit(94);
    };
    return start_target(setup);
  }();
  json saw = seen_by_child([&] {
    if (setresuid(kNobody, kNobody, kNobody) != 0) _exit(95);
    return outcome([&] { return killpg(foreign.pid, SIGKILL); });
  });
  saw["own"] = status_of(own.pid);
  saw["foreign_lives"] = waitpid(foreign.pid, nullptr, WNOHANG) == 0;
  end(foreign.pid);
  return saw;
}

}  // namespace

std::vector<SignalCase> asked_group_cases() {
  std::vector<SignalCase> cases;
  const auto add = [&](const std::string& name, int asks, std::function<json()> run,
                       bool in_term = true) {
    cases.push_back({"asked/" + name, std::move(run), asks, in_term});
  };
  for (const Sender& sender : kSenders) {
    if (!sender.to_group) continue;
    const std::string by = std::string("_by_") + sender.name;
    add("mixed_group" + by, 2, [&sender] { return mixed(sender); });
    add("group_of_a_zombie" + by, 1, [&sender] { return leader_gone(sender, false); });
    add("group_without_leader" + by, 1, [&sender] { return leader_gone(sender, true); });
    add("nested_session" + by, 1, [&sender] { return nested_session(sender); });
  }
  // These are false, because the process that waits is not the killer.
  add(
      "own_group_by_zero", 1, [] { return own_group([] { return kill(0, SIGKILL); }); }, false);
  add(
      "own_group_by_id", 1, [] { return own_group([] { return kill(-getpid(), SIGKILL); }); },
      false);
  add(
      "own_group_by_killpg", 1, [] { return own_group([] { return killpg(getpgrp(), SIGKILL); }); },
      false);
  add(
      "group_of_two_users", 1, [] { return some_of_others(false, false); }, false);
  add("group_of_two_users_that_vanish", 1, [] { return some_of_others(false, true); });
  add("group_of_two_users_that_could_be_asked", 1, [] { return some_of_others(true, true); });
  return cases;
}

}  // namespace transparency
