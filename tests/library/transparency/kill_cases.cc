// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "senders.h"
#include "signal_cases.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ includes it, too
}

namespace transparency {
namespace {

constexpr uid_t kNobody = 65534;

// ---- the target: a plain child that reports its signals through a pipe ----

struct Received {
  int signal;
  int code;
  int value;
  bool from_parent;
};

int told;  // the writing end

void tell(int signal, siginfo_t* info, void*) {
  const Received received{signal, info->si_code,
                          info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
                          info->si_pid == getppid()};
  if (write(told, &received, sizeof(received)) < 0) _exit(96);
}

struct Child {
  pid_t pid;
  int tale;
};

[[noreturn]] void live() {
  for (;;) pause();
}

// Starts a child, which is ready when this returns. With `records` the child catches and reports
// all signals that can be caught. With `group` 0 the child leads a group of its own.
Child start(bool records, pid_t group = 0) {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, group);
    told = pipe[1];
    struct sigaction action {};
    action.sa_sigaction = tell;
    action.sa_flags = SA_SIGINFO;
    const int caught[] = {SIGTERM, SIGINT, SIGHUP,   SIGQUIT, SIGUSR1,
                          SIGCONT, SIGURG, SIGRTMIN, SIGRTMAX};
    if (records) {
      for (const int signal : caught) sigaction(signal, &action, nullptr);
    }
    const Received ready{};
    if (write(told, &ready, sizeof(ready)) < 0) _exit(96);
    live();
  }
  close(pipe[1]);
  Received ready{};
  if (read(pipe[0], &ready, sizeof(ready)) != sizeof(ready)) std::abort();
  return {pid, pipe[0]};
}

json rest_of_tale(const Child& child) {
  json tale = json::array();
  Received received{};
  while (read(child.tale, &received, sizeof(received)) == sizeof(received)) {
    tale.push_back({received.signal, received.code, received.value, received.from_parent});
  }
  return tale;
}

// Kills the child (a second SIGKILL does not hurt). Returns its status and all that it reported.
json finish(const Child& child) {
  syscall(SYS_kill, child.pid, SIGKILL);
  int status = 0;
  const bool reaped = waitpid(child.pid, &status, 0) == child.pid;
  return {{"reaped", reaped}, {"status", status}, {"tale", rest_of_tale(child)}};
}

struct Signal {
  const char* name;
  int number;
};

const Signal kSignals[] = {
    {"0", 0},
    {"KILL", SIGKILL},
    {"TERM", SIGTERM},
    {"INT", SIGINT},
    {"HUP", SIGHUP},
    {"QUIT", SIGQUIT},
    {"USR1", SIGUSR1},
    {"CONT", SIGCONT},
    {"URG", SIGURG},
    {"STOP", SIGSTOP},
    {"RTMIN", SIGRTMIN},
    {"RTMAX", SIGRTMAX},
    {"WINCH", SIGWINCH},
    {"99", 99},
    {"minus_1", -1},
    {"65", 65},
};

bool is_caught(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT ||
         signal == SIGUSR1 || signal == SIGCONT || signal == SIGURG || signal == SIGRTMIN ||
         signal == SIGRTMAX;
}

// ---- the targets' states ----

json to_recording_child(const Sender& sender, int signal) {
  const Child child = start(true);
  json saw = outcome([&] { return sender.send(child.pid, signal); });
  if (saw["value"] == 0 && is_caught(signal)) {
    Received received{};
    saw["arrived"] = read(child.tale, &received, sizeof(received)) == sizeof(received);
    saw["received"] = {received.signal, received.code, received.value, received.from_parent};
  }
  if (signal == SIGSTOP) {
    int status = 0;
    waitpid(child.pid, &status, WUNTRACED);
    saw["stopped"] = status;
  }
  saw["end"] = finish(child);
  return saw;
}

json to_plain_child(const Sender& sender, int signal) {
  const Child child = start(false);
  json saw = outcome([&] { return sender.send(child.pid, signal); });
  if (signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGRTMIN) {
    int status = 0;
    saw["waited"] = waitpid(child.pid, &status, 0) == child.pid;
    saw["status"] = status;
  }
  saw["end"] = finish(child);
  return saw;
}

json to_stopped_child(const Sender& sender, int signal) {
  const Child child = start(true);
  kill(child.pid, SIGSTOP);
  int status = 0;
  waitpid(child.pid, &status, WUNTRACED);
  json saw = outcome([&] { return sender.send(child.pid, signal); });
  saw["end"] = finish(child);
  return saw;
}

json to_zombie(const Sender& sender, int signal) {
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    _exit(3);
  }
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  json saw = outcome([&] { return sender.send(pid, signal); });
  int status = 0;
  saw["reaped"] = waitpid(pid, &status, 0) == pid;
  saw["status"] = status;
  return saw;
}

json to_missing(const Sender& sender, int signal) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
  return outcome([&] { return sender.send(pid, signal); });
}

// The sender is an unprivileged user, and the target belongs to root: the kernel refuses the
// signal.
json to_foreign(const Sender& sender, int signal) {
  const Child child = start(true);
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) std::abort();
  const pid_t other = fork();
  if (other == 0) {
    if (setresuid(kNobody, kNobody, kNobody) != 0) _exit(95);
    const std::string text = outcome([&] { return sender.send(child.pid, signal); }).dump();
    _exit(write(pipe[1], text.data(), text.size()) > 0 ? 0 : 96);
  }
  close(pipe[1]);
  int status = 0;
  waitpid(other, &status, 0);
  char text[200] = {};
  const ssize_t length = read(pipe[0], text, sizeof(text));
  json saw = {{"other", status}};
  saw["outcome"] =
      json::parse(std::string(text, length > 0 ? static_cast<size_t>(length) : 0), nullptr, false);
  saw["end"] = finish(child);
  return saw;
}

json to_init(const Sender& sender, int) {
  return outcome([&] { return sender.send(1, 0); });
}

json twice_to_child(const Sender& sender, int signal) {
  const Child child = start(true);
  json first = outcome([&] { return sender.send(child.pid, signal); });
  json second = outcome([&] { return sender.send(child.pid, signal); });
  return {first, second, finish(child)};
}

volatile sig_atomic_t caught_count;

json to_self(const Sender& sender, int signal) {
  setpgid(0, 0);
  if (signal > 0 && signal < 64 && signal != SIGKILL && signal != SIGSTOP) {
    std::signal(signal, [](int) { caught_count = caught_count + 1; });
  }
  json saw = outcome([&] { return sender.send(getpid(), signal); });
  saw["caught"] =
      static_cast<int>(caught_count);  // a signal to oneself arrives before the call returns
  return saw;
}

struct Scenario {
  const char* name;
  json (*run)(const Sender& sender, int signal);
  std::vector<int> signals;  // empty: all
};

void add_scenarios(std::vector<SignalCase>& cases) {
  const Scenario scenarios[] = {
      {"child", to_recording_child, {}},
      {"plain", to_plain_child, {SIGKILL, SIGTERM, SIGINT, SIGRTMIN, SIGURG, SIGWINCH}},
      {"stopped", to_stopped_child, {SIGKILL, SIGTERM}},
      {"zombie", to_zombie, {0, SIGKILL, SIGTERM, 99}},
      {"missing", to_missing, {0, SIGKILL, SIGTERM, 99}},
      {"foreign", to_foreign, {0, SIGKILL, SIGTERM}},
      {"init", to_init, {0}},
      {"twice", twice_to_child, {SIGKILL}},
      {"self", to_self, {0, SIGUSR1, SIGTERM, SIGURG, 99}},
  };
  for (const Sender& sender : kSenders) {
    for (const Scenario& scenario : scenarios) {
      for (const Signal& signal : kSignals) {
        const auto& only = scenario.signals;
        if (!only.empty() && std::find(only.begin(), only.end(), signal.number) == only.end())
          continue;
        cases.push_back({std::string(sender.name) + "/" + scenario.name + "_" + signal.name,
                         [&sender, run = scenario.run, number = signal.number] {
                           return run(sender, number);
                         }});
      }
    }
  }
}

// ---- what has no place in the table ----

json group_of_three(int (*send)(pid_t, int), int signal) {
  const Child first = start(true);
  const Child second = start(true, first.pid);
  const Child third = start(true, first.pid);
  json saw = outcome([&] { return send(first.pid, signal); });
  for (const Child& child : {first, second, third}) {
    if (signal == SIGTERM) {
      Received received{};
      saw["arrived"].push_back(read(child.tale, &received, sizeof(received)) == sizeof(received));
    }
    saw["ends"].push_back(finish(child));
  }
  return saw;
}

json special_numbers() {
  json saw;
  saw["own_group"] = outcome([] { return kill(0, 0); });
  saw["own_group_by_killpg"] = outcome([] { return killpg(0, 0); });
  saw["everything"] = outcome([] { return kill(-1, 0); });
  saw["killpg_negative"] = outcome([] { return killpg(-5, SIGKILL); });
  saw["killpg_missing"] = outcome([] { return killpg(INT_MAX, SIGKILL); });
  saw["smallest"] = outcome([] { return kill(INT_MIN, SIGKILL); });
  saw["largest"] = outcome([] { return kill(INT_MAX, SIGKILL); });
  saw["tgkill_zero"] = outcome([] { return tgkill(0, 0, SIGKILL); });
  saw["tgkill_negative"] = outcome([] { return tgkill(-1, -1, SIGKILL); });
  saw["tgkill_other_thread"] = outcome([] { return tgkill(getpid(), 1, 0); });
  saw["tkill_negative"] = outcome([] { return syscall(SYS_tkill, -1, SIGKILL); });
  saw["unknown_call"] = outcome([] { return syscall(99999, 1, 2, 3, 4, 5, 6); });
  saw["raise_invalid"] = outcome([] { return raise(99); });
  return saw;
}

json pidfd_errors() {
  const Child child = start(true);
  const int fd = pidfd_open(child.pid, 0);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  siginfo_t info{};
  json saw;
  for (const bool raw : {false, true}) {
    const auto send = [raw](int file, int signal, siginfo_t* details, unsigned flags) {
      return raw ? syscall(SYS_pidfd_send_signal, file, signal, details, flags)
                 : pidfd_send_signal(file, signal, details, flags);
    };
    const std::string how = raw ? "raw_" : "";
    saw[how + "not_open"] = outcome([&] { return send(-1, SIGKILL, nullptr, 0); });
    saw[how + "no_pidfd"] = outcome([&] { return send(null, SIGKILL, nullptr, 0); });
    saw[how + "bad_flags"] = outcome([&] { return send(fd, SIGKILL, nullptr, 0x80000000U); });
    info = {};
    info.si_signo = SIGKILL;
    info.si_code = SI_USER;
    saw[how + "forged"] = outcome([&] { return send(fd, SIGKILL, &info, 0); });
    info.si_signo = SIGTERM;
    saw[how + "other_signal"] = outcome([&] { return send(fd, SIGKILL, &info, 0); });
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = kValue;
    saw[how + "queued"] = outcome([&] { return send(fd, SIGTERM, &info, 0); });
    Received received{};
    saw[how + "arrived"] = read(child.tale, &received, sizeof(received)) == sizeof(received);
    saw[how + "received"] = {received.signal, received.code, received.value};
  }
  saw["end"] = finish(child);
  return saw;
}

// The signal is sent by the directory /proc/PID, which pidfd_send_signal() takes as well.
json pidfd_of_proc() {
  const Child child = start(true);
  const std::string path = "/proc/" + std::to_string(child.pid);
  const int fd = open(path.c_str(), O_DIRECTORY | O_CLOEXEC);
  json saw = outcome([&] { return pidfd_send_signal(fd, SIGKILL, nullptr, 0); });
  saw["end"] = finish(child);
  return saw;
}

siginfo_t last_child;

json sigchld_tells() {
  struct sigaction action {};
  action.sa_sigaction = [](int, siginfo_t* info, void*) { last_child = *info; };
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGCHLD, &action, nullptr);
  const Child child = start(true);
  json saw = outcome([&] { return kill(child.pid, SIGKILL); });
  saw["end"] = finish(child);
  saw["sigchld"] = {last_child.si_signo, last_child.si_code, last_child.si_status,
                    last_child.si_pid == child.pid};
  return saw;
}

json sigchld_ignored() {
  std::signal(SIGCHLD, SIG_IGN);
  const Child child = start(true);
  json saw = outcome([&] { return kill(child.pid, SIGKILL); });
  int status = 4711;
  saw["wait"] = outcome([&] { return waitpid(child.pid, &status, 0); });
  saw["status"] = status;
  saw["tale"] = rest_of_tale(child);
  return saw;
}

// The child executes another program before the kill. It is still the same process, and dies at
// once.
json child_that_executed() {
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) std::abort();
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(pipe[1], 1);
    execl("/bin/sh", "sh", "-c",
          "trap 'echo TERM' TERM; echo ready; read line < /dev/null; while :; do sleep 30; done",
          static_cast<char*>(nullptr));
    _exit(96);
  }
  close(pipe[1]);
  char text[100] = {};
  if (read(pipe[0], text, sizeof(text)) <= 0) std::abort();
  json saw = outcome([&] { return kill(pid, SIGKILL); });
  int status = 0;
  waitpid(pid, &status, 0);
  saw["status"] = status;
  saw["ready"] = text;
  return saw;
}

json to_own_thread() {
  struct sigaction action {};
  action.sa_handler = [](int) { caught_count = gettid() == getpid() ? 1 : 2; };
  sigaction(SIGUSR1, &action, nullptr);
  pthread_t thread{};
  static int thread_id;
  static int ready[2];
  static int leave[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(leave, O_CLOEXEC) != 0) std::abort();
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        thread_id = gettid();
        char byte = 0;
        if (write(ready[1], &byte, 1) != 1) std::abort();
        while (read(leave[0], &byte, 1) != 1) {
        }
        return nullptr;
      },
      nullptr);
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) std::abort();
  json saw;
  saw["zero"] = outcome([&] { return tgkill(getpid(), thread_id, 0); });
  saw["pthread_kill"] = outcome([&] { return pthread_kill(thread, 0); });
  saw["invalid"] = outcome([&] { return pthread_kill(thread, 99); });
  saw["sent"] = outcome([&] { return tgkill(getpid(), thread_id, SIGUSR1); });
  if (write(leave[1], &byte, 1) != 1) std::abort();
  pthread_join(thread, nullptr);
  saw["caught_in"] = static_cast<int>(caught_count);
  return saw;
}

json ends_itself(int (*send)(pid_t, int)) {
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);  // because some of the functions signal the whole group
    send(getpid(), SIGKILL);
    live();
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

}  // namespace

std::vector<SignalCase> kill_cases() {
  std::vector<SignalCase> cases;
  add_scenarios(cases);
  for (const Sender& sender : kSenders) {
    const std::string name = sender.name;
    cases.push_back({name + "/itself_KILL", [&sender] { return ends_itself(sender.send); }});
    if (!sender.to_group) continue;
    cases.push_back(
        {name + "/three_KILL", [&sender] { return group_of_three(sender.send, SIGKILL); }});
    cases.push_back(
        {name + "/three_TERM", [&sender] { return group_of_three(sender.send, SIGTERM); }});
  }
  cases.push_back({"kill/special_numbers", special_numbers});
  cases.push_back({"pidfd_send_signal/errors", pidfd_errors});
  cases.push_back({"pidfd_send_signal/proc_folder", pidfd_of_proc});
  cases.push_back({"kill/sigchld_tells", sigchld_tells});
  cases.push_back({"kill/sigchld_ignored", sigchld_ignored});
  cases.push_back({"kill/child_that_executed", child_that_executed});
  cases.push_back({"tgkill/own_thread", to_own_thread});
  return cases;
}

}  // namespace transparency
