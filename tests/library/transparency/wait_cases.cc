// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "signal_cases.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ includes it, too
}

namespace transparency {
namespace {

constexpr int kUntouched = 0x5a5a5a5a;

[[noreturn]] void live() {
  for (;;) pause();
}

pid_t running() {
  const pid_t pid = fork();
  if (pid == 0) live();
  return pid;
}

pid_t exited(int code) {
  const pid_t pid = fork();
  if (pid == 0) _exit(code);
  return pid;
}

pid_t killed(int signal) {
  const pid_t pid = running();
  kill(pid, signal);
  return pid;
}

// Waits until the child is a zombie, and leaves it so.
pid_t zombie(pid_t pid) {
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  return pid;
}

void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

// ---- the calls that fill in a status, with one signature ----

struct Wait {
  const char* name;
  bool takes_pid;
  bool takes_options;
  bool takes_usage;
  pid_t (*call)(pid_t pid, int* status, int options, rusage* usage);
};

constexpr Wait kWaits[] = {
    {"wait", false, false, false, [](pid_t, int* status, int, rusage*) { return wait(status); }},
    {"waitpid", true, true, false,
     [](pid_t pid, int* status, int options, rusage*) { return waitpid(pid, status, options); }},
    {"wait3", false, true, true,
     [](pid_t, int* status, int options, rusage* usage) { return wait3(status, options, usage); }},
    {"wait4", true, true, true,
     [](pid_t pid, int* status, int options, rusage* usage) {
       return wait4(pid, status, options, usage);
     }},
    {"syscall_wait4", true, true, true,
     [](pid_t pid, int* status, int options, rusage* usage) {
       return static_cast<pid_t>(syscall(SYS_wait4, pid, status, options, usage));
     }},
};

// The result of a call (1 for the expected child), and which of its outputs the call has written.
json waited(const Wait& wait, pid_t child, pid_t pid, int options, bool with_results = true) {
  int status = kUntouched;
  rusage usage{};
  std::memset(&usage, 0x5a, sizeof(usage));
  rusage before = usage;
  json saw = outcome([&] {
    const pid_t got = with_results ? wait.call(pid, &status, options, &usage)
                                   : wait.call(pid, nullptr, options, nullptr);
    return got == child ? 1 : got;
  });
  saw["status"] = status;
  saw["usage_written"] = std::memcmp(&usage, &before, sizeof(usage)) != 0;
  saw["usage_plausible"] =
      usage.ru_maxrss > 0 && usage.ru_isrss == 0 && usage.ru_utime.tv_usec < 1'000'000;
  return saw;
}

void add_status_cases(std::vector<SignalCase>& cases) {
  for (const Wait& wait : kWaits) {
    const auto add = [&](const std::string& name, auto run) {
      cases.push_back(
          {std::string(wait.name) + "/" + name, [&wait, run] { return json(run(wait)); }});
    };
    const auto at = [](const Wait& one, pid_t child) { return one.takes_pid ? child : -1; };
    add("exited", [at](const Wait& one) {
      const pid_t child = exited(7);
      return waited(one, child, at(one, child), 0);
    });
    add("exited_without_results", [at](const Wait& one) {
      const pid_t child = exited(7);
      return waited(one, child, at(one, child), 0, false);
    });
    for (const int signal : {SIGKILL, SIGTERM, SIGSEGV, SIGRTMIN}) {
      add("killed_" + std::to_string(signal), [at, signal](const Wait& one) {
        const pid_t child = killed(signal);
        return waited(one, child, at(one, child), 0);
      });
    }
    add("no_child", [](const Wait& one) { return waited(one, 0, -1, 0); });
    add("reaped_twice", [at](const Wait& one) {
      const pid_t child = exited(0);
      const json first = waited(one, child, at(one, child), 0);
      return json{first, waited(one, child, at(one, child), 0)};
    });
    add("interrupted", [at](const Wait& one) {
      struct sigaction action {};
      action.sa_handler = [](int) {};
      sigaction(SIGALRM, &action, nullptr);  // without SA_RESTART
      const pid_t child = running();
      const itimerval ticks{{0, 1000}, {0, 1000}};
      const itimerval none{};
      setitimer(ITIMER_REAL, &ticks, nullptr);
      json saw = waited(one, child, at(one, child), 0);
      setitimer(ITIMER_REAL, &none, nullptr);
      end(child);
      return saw;
    });
    if (!wait.takes_options) continue;
    add("running_no_hang", [at](const Wait& one) {
      const pid_t child = running();
      json saw = waited(one, child, at(one, child), WNOHANG);
      end(child);
      return saw;
    });
    add("zombie_no_hang", [at](const Wait& one) {
      const pid_t child = zombie(exited(3));
      return waited(one, child, at(one, child), WNOHANG);
    });
    add("bad_options", [at](const Wait& one) {
      const pid_t child = zombie(exited(3));
      return waited(one, child, at(one, child), 0x00800000);
    });
    add("stopped_and_continued", [at](const Wait& one) {
      const pid_t child = running();
      kill(child, SIGSTOP);
      json saw = {waited(one, child, at(one, child), WUNTRACED)};
      kill(child, SIGCONT);
      saw.push_back(waited(one, child, at(one, child), WCONTINUED));
      kill(child, SIGKILL);
      saw.push_back(waited(one, child, at(one, child), WUNTRACED | WCONTINUED));
      return saw;
    });
    if (!wait.takes_pid) continue;
    add("own_group", [](const Wait& one) { return waited(one, exited(7), 0, 0); });
    add("other_group", [](const Wait& one) {
      const pid_t child = running();
      setpgid(child, child);
      kill(child, SIGTERM);
      const json missing = waited(one, child, 0, 0);
      return json{missing, waited(one, child, -child, 0)};
    });
    add("not_my_child", [](const Wait& one) { return waited(one, 1, 1, 0); });
    add("largest_pid", [](const Wait& one) { return waited(one, 0, INT_MAX, 0); });
    add("smallest_pid", [](const Wait& one) { return waited(one, 0, INT_MIN, 0); });
  }
}

// ---- waitid ----

// The result of waitid(), and every field that it fills in. The pid is shown as whether it is
// `child`.
json identified(pid_t child, idtype_t type, id_t id, int options) {
  siginfo_t info;
  std::memset(&info, 0x5a, sizeof(info));
  json saw = outcome([&] { return waitid(type, id, &info, options); });
  saw["signal"] = info.si_signo;
  saw["code"] = info.si_code;
  saw["error"] = info.si_errno;
  saw["status"] = info.si_status;
  saw["user"] = info.si_uid;
  saw["pid"] = info.si_pid == child ? "child" : std::to_string(info.si_pid);
  return saw;
}

json identified(pid_t child, int options) {
  return identified(child, P_PID, static_cast<id_t>(child), options);
}

void add_waitid_cases(std::vector<SignalCase>& cases) {
  cases.push_back({"waitid/exited", [] { return identified(exited(7), WEXITED); }});
  for (const int signal : {SIGKILL, SIGTERM, SIGSEGV, SIGRTMIN}) {
    cases.push_back({"waitid/killed_" + std::to_string(signal),
                     [signal] { return identified(killed(signal), WEXITED); }});
  }
  cases.push_back(
      {"waitid/not_reaped_twice", [] {
         const pid_t child = killed(SIGKILL);
         json saw = {identified(child, WEXITED | WNOWAIT), identified(child, WEXITED | WNOWAIT)};
         int status = 0;
         saw.push_back(waitpid(child, &status, 0) == child);
         saw.push_back(status);
         saw.push_back(identified(child, WEXITED | WNOWAIT));
         return saw;
       }});
  cases.push_back({"waitid/running_no_hang", [] {
                     const pid_t child = running();
                     json saw = identified(child, WEXITED | WNOHANG);
                     end(child);
                     return saw;
                   }});
  cases.push_back({"waitid/no_child", [] { return identified(0, P_ALL, 0, WEXITED); }});
  cases.push_back({"waitid/not_my_child", [] { return identified(1, WEXITED); }});
  cases.push_back({"waitid/no_options", [] { return identified(exited(7), 0); }});
  cases.push_back(
      {"waitid/bad_options", [] { return identified(exited(7), WEXITED | 0x00800000); }});
  cases.push_back({"waitid/all", [] { return identified(exited(7), P_ALL, 0, WEXITED); }});
  cases.push_back({"waitid/group", [] {
                     const pid_t child = exited(7);
                     return identified(child, P_PGID, static_cast<id_t>(getpgrp()), WEXITED);
                   }});
  cases.push_back({"waitid/pidfd", [] {
                     const pid_t child = running();
                     const int fd = pidfd_open(child, 0);
                     kill(child, SIGKILL);
                     json saw = {
                         identified(child, P_PIDFD, static_cast<id_t>(fd), WEXITED | WNOWAIT)};
                     saw.push_back(identified(child, P_PIDFD, static_cast<id_t>(fd), WEXITED));
                     saw.push_back(identified(child, P_PIDFD, static_cast<id_t>(fd), WEXITED));
                     return saw;
                   }});
  cases.push_back({"waitid/bad_pidfd", [] { return identified(0, P_PIDFD, 999, WEXITED); }});
  cases.push_back({"waitid/without_result", [] {
                     const pid_t child = exited(7);
                     return outcome(
                         [&] { return waitid(P_PID, static_cast<id_t>(child), nullptr, WEXITED); });
                   }});
  cases.push_back(
      {"waitid/stopped_and_continued", [] {
         const pid_t child = running();
         kill(child, SIGSTOP);
         json saw = {identified(child, WSTOPPED | WNOWAIT), identified(child, WSTOPPED)};
         kill(child, SIGCONT);
         saw.push_back(identified(child, WCONTINUED));
         kill(child, SIGKILL);
         saw.push_back(identified(child, WEXITED | WSTOPPED | WCONTINUED));
         return saw;
       }});
  cases.push_back({"syscall_waitid/usage", [] {
                     const pid_t child = exited(7);
                     siginfo_t info{};
                     rusage usage{};
                     json saw = outcome(
                         [&] { return syscall(SYS_waitid, P_PID, child, &info, WEXITED, &usage); });
                     saw["status"] = info.si_status;
                     saw["usage"] = usage.ru_maxrss > 0;
                     return saw;
                   }});
}

}  // namespace

std::vector<SignalCase> wait_cases() {
  std::vector<SignalCase> cases;
  add_status_cases(cases);
  add_waitid_cases(cases);
  return cases;
}

}  // namespace transparency
