// SPDX-License-Identifier: MIT
#include <linux/sched.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string>

#include "asked_target.h"
#include "senders.h"
#include "shim/proc/raw_syscall.h"
#include "signal_cases.h"

namespace transparency {
namespace {

void on(int signal, void (*handler)(int), int flags = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

// ---- more than one killer ----

struct Killing {
  pid_t pid;
  pthread_barrier_t* start;
  json saw;
};

json two_threads() {
  const AskedTarget target = start_target();
  pthread_barrier_t start;
  pthread_barrier_init(&start, nullptr, 2);
  std::array<Killing, 2> killings{{{target.pid, &start, {}}, {target.pid, &start, {}}}};
  std::array<pthread_t, 2> threads{};
  for (size_t i = 0; i < threads.size(); ++i) {
    pthread_create(
        &threads[i], nullptr,
        [](void* context) -> void* {
          auto* const killing = static_cast<Killing*>(context);
          pthread_barrier_wait(killing->start);
          killing->saw = outcome([&] { return kill(killing->pid, SIGKILL); });
          return nullptr;
        },
        &killings[i]);
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  return {killings[0].saw, killings[1].saw, status_of(target.pid)};
}

json two_processes() {
  const AskedTarget target = start_target();
  int start[2];
  int done[2];
  if (pipe(start) != 0 || pipe(done) != 0) std::abort();
  std::array<pid_t, 2> killers{};
  for (pid_t& killer : killers) {
    killer = fork();
    if (killer != 0) continue;
    hears(start[0]);
    _exit(kill(target.pid, SIGKILL) == 0 ? 0 : 1);
  }
  say(start[1]);
  say(start[1]);
  json saw;
  for (const pid_t killer : killers) saw.push_back(status_of(killer));
  saw.push_back(status_of(target.pid));
  return saw;
}

// ---- a killer that ends while it waits ----

enum class End { kKilled, kAlarm, kExit };

json killer_ends(End how) {
  Setup setup;
  setup.dawdles = true;
  const AskedTarget target = start_target(setup);
  int leave[2];
  if (pipe(leave) != 0) std::abort();
  const pid_t killer = fork();
  if (killer == 0) {
    static int now;
    now = leave[0];
    pthread_t thread{};
    if (how == End::kExit) {
      pthread_create(
          &thread, nullptr,
          [](void*) -> void* {
            hears(now);
            _exit(5);
          },
          nullptr);
    }
    kill(target.pid, SIGKILL);
    stay();
  }
  hears(target.said);  // returns once the target is asked, or dead
  if (how == End::kExit) say(leave[1]);
  if (how == End::kKilled) raw_kill(killer, SIGKILL);
  if (how == End::kAlarm) raw_kill(killer, SIGALRM);
  json saw = {status_of(killer)};
  std::signal(SIGPIPE, SIG_IGN);
  let_go(target);
  saw.push_back(status_of(target.pid));
  return saw;
}

// ---- from where a killer calls ----

pid_t victim;
json handler_saw;
volatile sig_atomic_t handler_value;
volatile sig_atomic_t handler_errno;

json from_handler(bool on_other_stack) {
  const AskedTarget target = start_target();
  victim = target.pid;
  static std::array<char, 16384> stack;
  const stack_t other = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  if (on_other_stack) sigaltstack(&other, nullptr);
  on(
      SIGUSR1,
      [](int) {
        errno = 4242;
        handler_value = kill(victim, SIGKILL);
        handler_errno = errno;
      },
      SA_ONSTACK);
  raise(SIGUSR1);
  return {static_cast<int>(handler_value), static_cast<int>(handler_errno), status_of(target.pid)};
}

json from_small_thread(bool to_group) {
  const AskedTarget target = start_target();
  struct Job {
    pid_t pid;
    bool to_group;
    int value;
    int error;
  } job{target.pid, to_group, 0, 0};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  pthread_t thread{};
  const int created = pthread_create(
      &thread, &attributes,
      [](void* context) -> void* {
        auto* const mine = static_cast<Job*>(context);
        errno = 4242;
        mine->value = mine->to_group ? killpg(mine->pid, SIGKILL) : kill(mine->pid, SIGKILL);
        mine->error = errno;
        return nullptr;
      },
      &job);
  if (created != 0) std::abort();
  pthread_join(thread, nullptr);
  return {job.value, job.error, status_of(target.pid)};
}

json from_vfork_child() {
  const AskedTarget target = start_target();
  victim = target.pid;
  static volatile int value;
  static volatile int error;
  const pid_t child = vfork();
  if (child == 0) {
    errno = 4242;
    value = kill(victim, SIGKILL);
    error = errno;
    _exit(7);
  }
  json saw = {static_cast<int>(value), static_cast<int>(error), status_of(child)};
  saw.push_back(status_of(target.pid));
  return saw;
}

json with_all_signals_blocked() {
  const AskedTarget target = start_target();
  sigset_t all;
  sigset_t after;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["status"] = status_of(target.pid);
  sigprocmask(SIG_SETMASK, nullptr, &after);
  saw["still_blocked"] = sigismember(&after, SIGHUP) == 1 && sigismember(&after, SIGURG) == 1;
  return saw;
}

// ---- a killer that is interrupted ----

int storm_go;
volatile sig_atomic_t ticks;

json interrupted(int flags) {
  Setup setup;
  setup.dawdles = true;
  const AskedTarget target = start_target(setup);
  storm_go = target.go;
  on(
      SIGALRM,
      [](int) {
        ticks = ticks + 1;
        if (ticks == 30) say(storm_go);
      },
      flags);
  const itimerval often{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &often, nullptr);
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  saw["status"] = status_of(target.pid);
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  return saw;
}

// ---- a killer whose SIGCHLD handler is first ----

volatile sig_atomic_t reaped;
volatile sig_atomic_t reaped_status;
volatile sig_atomic_t handled;

void await_handler() {
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGCHLD);
  sigprocmask(SIG_BLOCK, &block, &before);
  while (handled == 0) sigsuspend(&before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

json reaped_in_handler(int flags) {
  const AskedTarget target = start_target();
  on(
      SIGCHLD,
      [](int) {
        const int error = errno;
        int status = 0;
        for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
          reaped = pid;
          reaped_status = status;
          handled = handled + 1;
        }
        errno = error;
      },
      flags);
  json saw = outcome([&] { return kill(target.pid, SIGKILL); });
  await_handler();
  saw["reaped"] = reaped == target.pid;
  saw["status"] = static_cast<int>(reaped_status);
  saw["times"] = static_cast<int>(handled);
  saw["afterwards"] = outcome([&] { return waitpid(target.pid, nullptr, 0); });
  saw["missing"] = outcome([&] { return kill(target.pid, SIGKILL); });
  return saw;
}

// Forks a child that gets this pid, which must be free.
pid_t fork_as(pid_t pid) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uint64_t>(&pid);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(covenv::raw_syscall(SYS_clone3, covenv::to_register(&arguments),
                                                static_cast<long>(sizeof(arguments))));
}

volatile sig_atomic_t forked;

// The target's pid is used again while its killer waits, because a SIGCHLD handler reaps the target
// by a raw system call, as in Go and inside of musl.
json pid_reused(int (*send)(pid_t, int)) {
  const AskedTarget target = start_target();
  on(SIGCHLD, [](int) {
    int status = 0;
    const long pid = covenv::raw_syscall(SYS_wait4, -1, covenv::to_register(&status), WNOHANG, 0);
    if (pid <= 0 || handled != 0) return;
    handled = 1;
    forked = fork_as(static_cast<pid_t>(pid));
    if (forked == 0) {
      std::signal(SIGALRM, SIG_DFL);
      stay();
    }
  });
  json saw = outcome([&] { return send(target.pid, SIGKILL); });
  await_handler();
  saw["same_pid"] = forked == target.pid;
  std::signal(SIGCHLD, SIG_DFL);
  saw["lives"] = waitpid(target.pid, nullptr, WNOHANG) == 0;
  raw_kill(target.pid, SIGUSR2);
  saw["own_status"] = status_of(target.pid);
  return saw;
}

}  // namespace

std::vector<SignalCase> asked_killer_cases() {
  std::vector<SignalCase> cases;
  const auto add = [&](const std::string& name, int asks, std::function<json()> run,
                       bool in_term = true) {
    cases.push_back({"killer/" + name, std::move(run), asks, in_term});
  };
  // A thread's kill goes through at once while another thread waits for the same target.
  add("two_threads", kAnyNumber, two_threads);
  // False, because only one of the two killers is told SIGKILL.
  add("two_processes", kAtLeastOne, two_processes, false);
  add(
      "killed", 1, [] { return killer_ends(End::kKilled); }, false);
  add(
      "ended_by_alarm", 1, [] { return killer_ends(End::kAlarm); }, false);
  add(
      "exits", 1, [] { return killer_ends(End::kExit); }, false);
  add("handler", 1, [] { return from_handler(false); });
  add("handler_on_16_KiB", 1, [] { return from_handler(true); });
  add("thread_of_16_KiB", 1, [] { return from_small_thread(false); });
  add("thread_of_16_KiB_to_a_group", 1, [] { return from_small_thread(true); });
  add("vfork_child", 1, from_vfork_child, false);
  add("all_blocked", 1, with_all_signals_blocked);
  add("interrupted", 1, [] { return interrupted(0); });
  add("interrupted_with_restart", 1, [] { return interrupted(SA_RESTART); });
  add("reaps_in_handler", 1, [] { return reaped_in_handler(0); });
  add("reaps_in_handler_with_restart", 1, [] { return reaped_in_handler(SA_RESTART); });
  for (const Sender& sender : kSenders) {
    if (sender.to_group) continue;
    add(std::string("pid_reused_by_") + sender.name, 1,
        [&sender] { return pid_reused(sender.send); });
  }
  return cases;
}

}  // namespace transparency
