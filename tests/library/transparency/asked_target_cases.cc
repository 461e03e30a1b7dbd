// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "asked_target.h"
#include "senders.h"
#include "signal_cases.h"

namespace transparency {
namespace {

json killed(const AskedTarget& target, int signal = SIGKILL) {
  json saw = outcome([&] { return kill(target.pid, signal); });
  saw["status"] = status_of(target.pid);
  return saw;
}

bool is_there(pid_t pid) { return kill(pid, 0) == 0; }

bool ends_by_default(int signal) {
  for (const int harmless :
       {SIGCHLD, SIGCONT, SIGURG, SIGWINCH, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU}) {
    if (signal == harmless) return false;
  }
  return true;
}

json every_signal() {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  json saw;
  for (int signal = -1; signal <= 70; ++signal) {
    // Signals that the target catches do not end it.
    if (signal == SIGTERM || signal == 57 || signal == 59) continue;
    const AskedTarget target = start_target();
    json one = outcome([&] { return kill(target.pid, signal); });
    const bool dies = one["value"] == 0 && signal != 0 && ends_by_default(signal);
    one["end"] = dies ? status_of(target.pid) : end(target.pid);
    saw[std::to_string(signal)] = one;
  }
  return saw;
}

// ---- stopped ----

json stopped(int stop, int signal) {
  const AskedTarget target = start_target();
  raw_kill(target.pid, stop);
  await_state(target.pid, 'T');
  json saw = outcome([&] { return kill(target.pid, signal); });
  if (signal != SIGKILL) {
    await_state(target.pid, 'T');
    raw_kill(target.pid, SIGCONT);
  }
  int status = 0;
  saw["reaped"] = waitpid(target.pid, &status, WUNTRACED | WCONTINUED) == target.pid;
  // A stop or a continuation may be reported first.
  if (WIFSTOPPED(status) || WIFCONTINUED(status)) status = status_of(target.pid);
  saw["status"] = status;
  return saw;
}

// ---- signals that do not end the target ----

json blocked(int signal) {
  Setup setup;
  setup.first = [signal] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
  };
  const AskedTarget target = start_target(setup);
  json saw = outcome([&] { return kill(target.pid, signal); });
  saw["is_there"] = signal == SIGKILL || is_there(target.pid);
  saw["status"] = signal == SIGKILL ? status_of(target.pid) : end(target.pid);
  return saw;
}

// The target waits for the signal in sigwait(). The signal is neither caught nor ignored, and
// during the wait the thread's mask lacks it.
json awaited_by_sigwait() {
  int pipe[2];
  if (::pipe(pipe) != 0) std::abort();
  Setup setup;
  setup.then = [pipe] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    say(pipe[1]);
    int got = 0;
    sigwait(&set, &got);
    _exit(100 + got);
  };
  const AskedTarget target = start_target(setup);
  hears(pipe[0]);
  await_state(target.pid, 'S');
  return killed(target, SIGHUP);
}

json ignored() {
  Setup setup;
  setup.first = [] { std::signal(SIGHUP, SIG_IGN); };
  const AskedTarget target = start_target(setup);
  json saw = outcome([&] { return kill(target.pid, SIGHUP); });
  saw["is_there"] = is_there(target.pid);
  saw["status"] = end(target.pid);
  return saw;
}

// ---- traced ----

json traced_by_killer(bool stopped) {
  const AskedTarget target = start_target();
  ptrace(PTRACE_SEIZE, target.pid, nullptr, nullptr);
  json saw;
  if (stopped) {
    ptrace(PTRACE_INTERRUPT, target.pid, nullptr, nullptr);
    int status = 0;
    saw["stop"] = waitpid(target.pid, &status, 0) == target.pid && WIFSTOPPED(status);
  }
  saw["killed"] = killed(target);
  return saw;
}

json traced_by_killers_thread() {
  const AskedTarget target = start_target();
  static pid_t pid;
  static int done[2];
  if (pipe(done) != 0) std::abort();
  pid = target.pid;
  pthread_t thread{};
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        ptrace(PTRACE_SEIZE, pid, nullptr, nullptr);
        say(done[1]);
        stay();
      },
      nullptr);
  hears(done[0]);
  return killed(target);
}

// Traces as strace does: each signal of the target is looked at, and passed on.
[[noreturn]] void trace(pid_t pid, long options, bool stops_it, int ready) {
  ptrace(PTRACE_SEIZE, pid, nullptr, options);
  if (stops_it) ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr);
  int status = 0;
  if (stops_it) waitpid(pid, &status, __WALL);
  say(ready);
  while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
    const int signal = WSTOPSIG(status);
    ptrace(PTRACE_CONT, pid, nullptr, signal == SIGTRAP ? 0 : signal);
  }
  _exit(0);
}

json traced_by_another(long options, bool stops_it, bool tracer_is_killed) {
  const AskedTarget target = start_target();
  int ready[2];
  if (pipe(ready) != 0) std::abort();
  const pid_t tracer = fork();
  if (tracer == 0) trace(target.pid, options, stops_it, ready[1]);
  hears(ready[0]);
  json saw;
  if (tracer_is_killed) {
    saw = outcome([&] { return kill(tracer, SIGKILL); });
    saw["tracer"] = status_of(tracer);
    saw["status"] = status_of(target.pid);
    return saw;
  }
  saw = killed(target);
  end(tracer);
  return saw;
}

// ---- dead, and half dead ----

json zombie() {
  Setup setup;
  setup.then = [] { _exit(3); };
  const AskedTarget target = start_target(setup);
  await_state(target.pid, 'Z');
  return killed(target);
}

json killed_twice() {
  const AskedTarget target = start_target();
  json saw = {outcome([&] { return kill(target.pid, SIGKILL); })};
  await_state(target.pid, 'Z');
  saw.push_back(killed(target));
  saw.push_back(outcome([&] { return kill(target.pid, SIGKILL); }));
  return saw;
}

void live_on_in_a_thread() {
  pthread_t thread{};
  pthread_create(
      &thread, nullptr, [](void*) -> void* { stay(); }, nullptr);
}

// The leader thread of the target has ended, so /proc calls the whole process a zombie.
json leader_thread_gone() {
  Setup setup;
  setup.first = live_on_in_a_thread;
  setup.then = [] { syscall(SYS_exit, 0); };
  const AskedTarget target = start_target(setup);
  await_state(target.pid, 'Z');
  return killed(target);
}

json by_a_threads_id(int (*send)(pid_t process, pid_t thread)) {
  Setup setup;
  setup.first = live_on_in_a_thread;
  const AskedTarget target = start_target(setup);
  const pid_t thread = other_thread_of(target.pid);
  json saw = outcome([&] { return send(target.pid, thread); });
  saw["status"] = status_of(target.pid);
  return saw;
}

// ---- other namespaces of pids ----

bool mount_own_proc() {
  return unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("proc", "/proc", "proc", 0, nullptr) == 0;
}

json init_of_a_namespace() {
  if (unshare(CLONE_NEWPID) != 0) return "no namespace";
  return killed(start_target());
}

json member_of_a_namespace() {
  if (unshare(CLONE_NEWPID) != 0) return "no namespace";
  int told[2];
  if (pipe(told) != 0) std::abort();
  Setup init;
  init.can_be_asked = false;
  init.then = [told] {
    const AskedTarget member = start_target();
    say(told[1]);
    const int status = status_of(member.pid);
    _exit(WTERMSIG(status));
  };
  const AskedTarget first = start_target(init);
  hears(told[0]);
  const std::string task =
      "/proc/" + std::to_string(first.pid) + "/task/" + std::to_string(first.pid);
  pid_t member = 0;
  std::ifstream(task + "/children") >> member;
  json saw = outcome([&] { return kill(member, SIGKILL); });
  saw["status"] = status_of(first.pid);
  return saw;
}

// A process kills the init of its own namespace, which no process in the namespace can. Without a
// /proc of its own, pid 1 in /proc is another process.
json own_init(bool has_proc) {
  if (unshare(CLONE_NEWPID) != 0) return "no namespace";
  int told[2];
  if (pipe(told) != 0) std::abort();
  Setup setup;
  setup.first = [has_proc] {
    if (has_proc && !mount_own_proc()) _exit(94);
  };
  setup.then = [told] {
    const json saw = seen_by_child([] { return outcome([] { return kill(1, SIGKILL); }); });
    const std::string text = saw.dump() + "\n";
    if (write(told[1], text.data(), text.size()) < 0) _exit(95);
  };
  const AskedTarget init = start_target(setup);
  char text[400] = {};
  if (read(told[0], text, sizeof(text) - 1) < 0) std::abort();
  return {{"inside", text}, {"status", end(init.pid)}};
}

json all_of_a_namespace() {
  if (unshare(CLONE_NEWPID) != 0) return "no namespace";
  int told[2];
  if (pipe(told) != 0) std::abort();
  Setup setup;
  setup.first = [] {
    if (!mount_own_proc()) _exit(94);
  };
  setup.then = [told] {
    const AskedTarget member = start_target();
    json saw = outcome([] { return kill(-1, SIGKILL); });
    saw["member"] = status_of(member.pid);
    const std::string text = saw.dump();
    if (write(told[1], text.data(), text.size()) < 0) _exit(95);
  };
  const AskedTarget init = start_target(setup);
  char text[400] = {};
  if (read(told[0], text, sizeof(text) - 1) < 0) std::abort();
  return {{"inside", text}, {"status", end(init.pid)}};
}

}  // namespace

std::vector<SignalCase> asked_target_cases() {
  std::vector<SignalCase> cases;
  for (const Sender& sender : kSenders) {
    for (const int signal : {SIGKILL, SIGHUP}) {
      cases.push_back({std::string("asked/") + sender.name + (signal == SIGKILL ? "_KILL" : "_HUP"),
                       [&sender, signal] {
                         const AskedTarget target = start_target();
                         json saw = outcome([&] { return sender.send(target.pid, signal); });
                         saw["status"] = status_of(target.pid);
                         return saw;
                       },
                       1});
    }
  }
  const auto add = [&](const char* name, int asks, std::function<json()> run, bool in_term = true) {
    cases.push_back({std::string("asked/") + name, std::move(run), asks, in_term});
  };
  // 22 signals end the target: HUP INT KILL USR1 PIPE ALRM USR2 VTALRM PROF POLL PWR STKFLT, and
  // those that dump core: QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS.
  add("every_signal", 22, every_signal);
  add("stopped_KILL", 1, [] { return stopped(SIGSTOP, SIGKILL); });
  add("stopped_by_TSTP_KILL", 1, [] { return stopped(SIGTSTP, SIGKILL); });
  add("stopped_HUP", 0, [] { return stopped(SIGSTOP, SIGHUP); });
  add("blocked_HUP", 0, [] { return blocked(SIGHUP); });
  add("blocked_KILL", 1, [] { return blocked(SIGKILL); });
  add("awaited_by_sigwait", 0, awaited_by_sigwait);
  add("ignored_HUP", 0, ignored);
  add("traced_by_killer", 0, [] { return traced_by_killer(false); });
  add("traced_and_stopped_by_killer", 0, [] { return traced_by_killer(true); });
  add("traced_by_killers_thread", 0, traced_by_killers_thread);
  add("traced_by_another", 1, [] { return traced_by_another(0, false, false); });
  add("traced_and_stopped_by_another", 0, [] { return traced_by_another(0, true, false); });
  add("exit_kill", 0, [] { return traced_by_another(PTRACE_O_EXITKILL, false, true); });
  add("zombie", 0, zombie);
  add("killed_twice", 1, killed_twice);
  add("leader_thread_gone", 1, leader_thread_gone);
  add("thread_by_kill", 1,
      [] { return by_a_threads_id([](pid_t, pid_t thread) { return kill(thread, SIGKILL); }); });
  add("thread_by_sigqueue", 1, [] {
    return by_a_threads_id([](pid_t, pid_t thread) { return sigqueue(thread, SIGKILL, {}); });
  });
  add("thread_by_tgkill", 1, [] {
    return by_a_threads_id(
        [](pid_t process, pid_t thread) { return tgkill(process, thread, SIGKILL); });
  });
  add("thread_by_tkill", 1, [] {
    return by_a_threads_id(
        [](pid_t, pid_t thread) { return static_cast<int>(syscall(SYS_tkill, thread, SIGKILL)); });
  });
  add("init_of_a_namespace", 1, init_of_a_namespace);
  add("member_of_a_namespace", 1, member_of_a_namespace, false);  // not the killer's own child
  add("own_init", 0, [] { return own_init(true); });
  add("own_init_without_proc", 0, [] { return own_init(false); });
  add("all_of_a_namespace", 0, all_of_a_namespace);
  return cases;
}

}  // namespace transparency
