// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "asked_target.h"
#include "signal_cases.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ includes it, too
}

namespace transparency {
namespace {

json identified(pid_t child, idtype_t type, id_t id, int options) {
  siginfo_t info{};
  json saw = outcome([&] { return waitid(type, id, &info, options); });
  saw["info"] = {info.si_signo, info.si_code, info.si_status, info.si_uid, info.si_pid == child};
  return saw;
}

json after_kill(const std::function<json(pid_t)>& see) {
  const AskedTarget target = start_target();
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["seen"] = see(target.pid);
  saw["then"] = outcome([&] { return waitpid(target.pid, nullptr, WNOHANG); });
  return saw;
}

json with_usage(pid_t pid, bool by_pid) {
  int status = 0;
  rusage usage{};
  const pid_t got = by_pid ? wait4(pid, &status, 0, &usage) : wait3(&status, 0, &usage);
  return {got == pid, status, usage.ru_maxrss > 0, usage.ru_minflt > 0, usage.ru_utime.tv_sec < 10};
}

json polled(pid_t pid) {
  int status = 0;
  pid_t got = 0;
  while (got == 0) got = waitpid(pid, &status, WNOHANG);
  return {got == pid, status};
}

json looked_at_before_and_after() {
  const AskedTarget target = start_target();
  json saw = {
      identified(target.pid, P_PID, static_cast<id_t>(target.pid), WEXITED | WNOWAIT | WNOHANG)};
  kill(target.pid, SIGKILL);
  for (const int options : {WEXITED | WNOWAIT, WEXITED | WNOWAIT, WEXITED}) {
    saw.push_back(identified(target.pid, P_ALL, 0, options));
  }
  return saw;
}

json by_pidfd() {
  const AskedTarget target = start_target();
  const int fd = pidfd_open(target.pid, 0);
  pollfd wait{fd, POLLIN, 0};
  json saw = {poll(&wait, 1, 0)};
  kill(target.pid, SIGKILL);
  saw.push_back(poll(&wait, 1, -1));
  saw.push_back(identified(target.pid, P_PIDFD, static_cast<id_t>(fd), WEXITED | WNOWAIT));
  saw.push_back(identified(target.pid, P_PIDFD, static_cast<id_t>(fd), WEXITED));
  return saw;
}

json by_signalfd() {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  const int fd = signalfd(-1, &child, SFD_CLOEXEC);
  const AskedTarget target = start_target();
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  signalfd_siginfo info{};
  saw["read"] = read(fd, &info, sizeof(info)) == sizeof(info);
  saw["info"] = {info.ssi_signo, info.ssi_code, info.ssi_status, info.ssi_uid,
                 info.ssi_pid == static_cast<std::uint32_t>(target.pid)};
  saw["status"] = status_of(target.pid);
  return saw;
}

siginfo_t told;

json by_handlers_siginfo() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) { told = *info; };
  sigaction(SIGCHLD, &action, nullptr);
  const AskedTarget target = start_target();
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["status"] = status_of(target.pid);
  saw["told"] = {told.si_signo, told.si_code, told.si_status, told.si_pid == target.pid};
  return saw;
}

// The parent does not want zombies, so a wait finds no such child.
json not_waited_for(bool by_flag) {
  struct sigaction action {};
  action.sa_handler = by_flag ? SIG_DFL : SIG_IGN;
  action.sa_flags = by_flag ? SA_NOCLDWAIT : 0;
  sigaction(SIGCHLD, &action, nullptr);
  const AskedTarget target = start_target();
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  int status = 4711;
  saw["wait"] = outcome([&] { return waitpid(target.pid, &status, 0); });
  saw["any"] = outcome([&] { return wait(&status); });
  saw["id"] = identified(target.pid, P_PID, static_cast<id_t>(target.pid), WEXITED);
  saw["status"] = status;
  saw["again"] = outcome([&] { return kill(target.pid, SIGKILL); });
  return saw;
}

json in_a_thread_that_waits_already() {
  const AskedTarget target = start_target();
  struct Waiting {
    pid_t got;
    int status;
    pid_t thread;
    int ready[2];
  } waiting{};
  if (pipe(waiting.ready) != 0) std::abort();
  pthread_t thread{};
  pthread_create(
      &thread, nullptr,
      [](void* context) -> void* {
        auto* const mine = static_cast<Waiting*>(context);
        mine->thread = gettid();
        say(mine->ready[1]);
        mine->got = waitpid(-1, &mine->status, 0);
        return nullptr;
      },
      &waiting);
  hears(waiting.ready[0]);
  await_state(waiting.thread, 'S');
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  pthread_join(thread, nullptr);
  saw["waited"] = {waiting.got == target.pid, waiting.status};
  return saw;
}

// The target is a grandchild. If `orphan`, its parent ends, so that it becomes our child.
json grandchild(bool orphan) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int pids[2];
  if (pipe2(pids, O_CLOEXEC) != 0) std::abort();
  const pid_t parent = fork();
  if (parent == 0) {
    const pid_t pid = start_target().pid;
    if (write(pids[1], &pid, sizeof(pid)) < 0) _exit(95);
    if (orphan) _exit(0);
    _exit(WTERMSIG(status_of(pid)));
  }
  pid_t pid = 0;
  if (read(pids[0], &pid, sizeof(pid)) != sizeof(pid)) std::abort();
  json saw;
  if (orphan) saw["parent"] = status_of(parent);
  saw["kill"] = outcome([&] { return kill(pid, SIGKILL); });
  if (!orphan) saw["parent"] = status_of(parent);
  saw["status"] = status_of(pid);
  return saw;
}

// A process that the kernel kills with its parent is not asked.
json dies_with_its_parent() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int pids[2];
  if (pipe2(pids, O_CLOEXEC) != 0) std::abort();
  const pid_t parent = fork();
  if (parent == 0) {
    Setup setup;
    setup.first = [] { prctl(PR_SET_PDEATHSIG, SIGKILL); };
    const pid_t pid = start_target(setup).pid;
    if (write(pids[1], &pid, sizeof(pid)) < 0) _exit(95);
    stay();
  }
  pid_t pid = 0;
  if (read(pids[0], &pid, sizeof(pid)) != sizeof(pid)) std::abort();
  json saw = outcome([&] { return kill(parent, SIGKILL); });
  saw["parent"] = status_of(parent);
  saw["status"] = status_of(pid);
  return saw;
}

json has_a_parent_death_signal() {
  Setup setup;
  setup.first = [] { prctl(PR_SET_PDEATHSIG, SIGKILL); };
  const AskedTarget target = start_target(setup);
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["status"] = status_of(target.pid);
  return saw;
}

// The kernel reaps 300 killed children (SIGCHLD is ignored), so that their entries stay in the
// killer's table. None of these may serve a later child with the same pid.
json status_of_the_next() {
  std::signal(SIGCHLD, SIG_IGN);
  json saw;
  for (int i = 0; i < 300; ++i) {
    const AskedTarget target = start_target();
    saw["killed"] = outcome([&] { return kill(target.pid, SIGKILL); });
    close(target.said);
    close(target.go);
  }
  std::signal(SIGCHLD, SIG_DFL);
  const AskedTarget target = start_target();
  saw["kill"] = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["status"] = status_of(target.pid);
  return saw;
}

}  // namespace

std::vector<SignalCase> asked_wait_cases() {
  std::vector<SignalCase> cases;
  const auto add = [&](const std::string& name, std::function<json()> run, int asks = 1,
                       bool in_term = true) {
    cases.push_back({"heard/" + name, std::move(run), asks, in_term});
  };
  add("wait", [] {
    return after_kill([](pid_t pid) -> json {
      int status = 0;
      const pid_t got = wait(&status);
      return {got == pid, status};
    });
  });
  add("waitpid", [] { return after_kill([](pid_t pid) -> json { return status_of(pid); }); });
  add("waitpid_no_hang", [] { return after_kill(polled); });
  add("wait3", [] { return after_kill([](pid_t pid) { return with_usage(pid, false); }); });
  add("wait4", [] { return after_kill([](pid_t pid) { return with_usage(pid, true); }); });
  add("waitid_before_and_after", looked_at_before_and_after);
  add("pidfd", by_pidfd);
  // These two are false, because they report the true end even if the target was terminated.
  add("signalfd", by_signalfd, 1, false);
  add("siginfo", by_handlers_siginfo, 1, false);
  add("SIGCHLD_ignored", [] { return not_waited_for(false); });
  add("SA_NOCLDWAIT", [] { return not_waited_for(true); });
  add("thread_that_waits_already", in_a_thread_that_waits_already);
  // False, because the parent is not the killer.
  add(
      "by_its_parent", [] { return grandchild(false); }, 1, false);
  add("by_the_subreaper", [] { return grandchild(true); });
  add("dies_with_its_parent", dies_with_its_parent, 0);
  add("has_a_parent_death_signal", has_a_parent_death_signal);
  add("after_many_that_nobody_waits_for", status_of_the_next, 301);
  return cases;
}

}  // namespace transparency
