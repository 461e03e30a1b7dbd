// SPDX-License-Identifier: MIT
// Every function that sends a signal, to every kind of process.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "probe.h"
#include "senders.h"
#include "shim/core/ask_protocol.h"

namespace fault {
namespace {

using transparency::kSenders;
using transparency::Sender;

// ---- the targets: processes that end when their parent closes its end of a pipe ----

enum Kind : int {
  kPlain,
  kMeasured,
  kCatchesTerm,
  kZombie,
  kMissing,
  kGroup,
  kMeasuredAndCatches,
  kDeaf,
  kCounted
};
const char* const kKinds[] = {"plain",   "measured", "catches_term",         "zombie",
                              "missing", "group",    "measured_and_catches", "deaf",
                              "counted"};

void mark_as_measured() {
  for (const int signal : {57, 59}) std::signal(signal, [](int) {});
}

/// The handler of the ask. It does what the saver does, without a Python.
void die_as_asked(int, siginfo_t* info, void*) {
  const auto value = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  if (info->si_code != SI_QUEUE || covenv::asked_signal(value) == 0) return;
  const char word[] = "may be asked\n";
  if (write(STDOUT_FILENO, word, sizeof(word) - 1) < 0) _exit(96);
  const int wanted = covenv::asked_signal(value);
  std::signal(wanted, SIG_DFL);
  syscall(SYS_tgkill, getpid(), gettid(), wanted);
}

void become(Kind kind) {
  if (kind == kZombie) _exit(5);
  if (kind == kMeasured || kind == kGroup || kind == kMeasuredAndCatches) {
    mark_as_measured();
    struct sigaction action {};
    action.sa_sigaction = die_as_asked;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(covenv::kAskSignal, &action, nullptr);
  }
  if (kind == kDeaf) {
    mark_as_measured();
    for (const int signal : {covenv::kAskSignal, SIGTERM}) std::signal(signal, [](int) {});
  }
  if (kind == kCatchesTerm || kind == kMeasuredAndCatches) {
    mark_as_measured();
    std::signal(SIGTERM, [](int) {
      const char word[] = "may be terminated\n";
      _exit(write(STDOUT_FILENO, word, sizeof(word) - 1) > 0 ? 6 : 96);
    });
  }
}

/// A program with counters, whose data go into a folder that is missing.
[[noreturn]] void execute_counted(int life, int ready) {
  char prefix[64];
  std::snprintf(prefix, sizeof(prefix), "GCOV_PREFIX=counted.%d", getpid());
  char strip[] = "GCOV_PREFIX_STRIP=99";
  char* const environment[] = {prefix, strip, nullptr};
  char name[] = "./counted";
  char* const arguments[] = {name, nullptr};
  dup2(life, 0);
  dup2(ready, 1);
  execve(name, arguments, environment);
  _exit(96);
}

struct Child {
  pid_t pid;
  int life;  // our end of a pipe; the child ends when it is closed
};

Child start(Kind kind, pid_t group = 0) {
  int ready[2];
  int life[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(life, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, group);
    close(life[1]);
    if (kind == kCounted) execute_counted(life[0], ready[1]);
    become(kind);
    if (write(ready[1], "", 1) != 1) _exit(96);
    char byte;
    while (read(life[0], &byte, 1) < 0 && errno == EINTR) {
    }
    _exit(7);
  }
  setpgid(pid, group);
  close(ready[1]);
  close(life[0]);
  char byte;
  if (read(ready[0], &byte, 1) < 0) std::abort();
  close(ready[0]);
  if (kind == kZombie) {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  }
  if (kind == kMissing) {
    close(life[1]);
    life[1] = -1;
    waitpid(pid, nullptr, 0);
  }
  return {pid, life[1]};
}

void finish(const std::vector<Child>& children) {
  // All pipes are closed first, because later children hold copies of the earlier ones.
  for (const Child& child : children) close(child.life);
  for (const Child& child : children) say_end(child.pid);
}

// ---- what is done to the targets ----

Kind kind_of(const Scenario& self) {
  int kind = 0;
  while (self.target != kKinds[kind]) ++kind;
  return static_cast<Kind>(kind);
}

const Sender& sender_of(const Scenario& self) {
  return kSenders.at(static_cast<std::size_t>(self.which));
}

void run_kill(const Scenario& self) {
  const Kind kind = kind_of(self);
  const Child child = start(kind);
  errno = 4242;
  say("sent", sender_of(self).send(child.pid, SIGKILL));
  finish({child});
}

void run_group(const Scenario& self) {
  const Child leader = start(kMeasured);
  const Child plain = start(kPlain, leader.pid);
  const Child member = start(kGroup, leader.pid);
  errno = 4242;
  say("sent", sender_of(self).send(leader.pid, SIGKILL));
  finish({leader, plain, member});
}

void run_term(const Scenario&) {
  const Child child = start(kMeasured);
  errno = 4242;
  say("sent", kill(child.pid, SIGTERM));
  finish({child});
}

void run_self(const Scenario& self) {
  std::signal(SIGTERM, [](int) {});
  errno = 4242;
  if (self.which == 0) say("raised", raise(SIGTERM));
  if (self.which == 1) say("killed", kill(getpid(), SIGTERM));
  std::signal(SIGTERM, SIG_DFL);
  errno = 4242;
}

/// The caller is a member of the group that it signals, and handles the signal.
void run_own_group(const Scenario&) {
  setpgid(0, 0);
  const Child plain = start(kPlain, getpid());
  const Child member = start(kGroup, getpid());
  std::signal(SIGTERM, [](int) {});
  errno = 4242;
  say("sent", kill(0, SIGTERM));
  std::signal(SIGTERM, SIG_DFL);
  finish({plain, member});
}

void run_death(const Scenario&) {
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGTERM);
    _exit(78);
  }
  say_end(child);
}

// ---- the wait family, of a child that was killed and reported ----

const char* const kWaits[] = {"wait", "waitpid", "wait3", "wait4", "waitid"};

void run_wait(const Scenario& self) {
  const Child child = start(kCatchesTerm);
  say("sent", kill(child.pid, SIGKILL));
  close(child.life);
  int status = 0;
  siginfo_t info{};
  pid_t reaped = 0;
  if (self.which == 0) reaped = wait(&status);
  if (self.which == 1) reaped = waitpid(child.pid, &status, 0);
  if (self.which == 2) reaped = wait3(&status, 0, nullptr);
  if (self.which == 3) reaped = wait4(child.pid, &status, 0, nullptr);
  if (self.which == 4) {
    reaped = waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED) == 0 ? child.pid : -1;
    status = info.si_status * 256 + info.si_code;
  }
  say("status", status);
  say("reaped", reaped == child.pid ? 1 : reaped);
  if (reaped != child.pid) say_end(child.pid);
}

}  // namespace

std::vector<Scenario> kill_scenarios() {
  std::vector<Scenario> scenarios;
  int which = 0;
  for (const Sender& sender : kSenders) {
    for (const char* const kind : {"plain", "measured", "catches_term", "zombie", "missing"}) {
      scenarios.push_back({std::string(sender.name) + "/" + kind, run_kill, kind, which});
    }
    if (sender.to_group) {
      scenarios.push_back({std::string(sender.name) + "/group", run_group, "group", which});
    }
    ++which;
  }
  scenarios.push_back({"kill/measured_and_catches", run_kill, "measured_and_catches", 0});
  scenarios.push_back({"kill/deaf", run_kill, "deaf", 0});
  scenarios.push_back({"kill/counted", run_kill, "counted", 0});
  scenarios.push_back({"kill/measured_by_term", run_term, "measured"});
  scenarios.push_back({"kill/own_group", run_own_group, ""});
  scenarios.push_back({"raise/caught", run_self, "", 0});
  scenarios.push_back({"kill/self_caught", run_self, "", 1});
  scenarios.push_back({"raise/fatal", run_death, ""});
  which = 0;
  for (const char* const name : kWaits) {
    scenarios.push_back({std::string(name) + "/terminated", run_wait, "catches_term", which++});
  }
  return scenarios;
}

}  // namespace fault
