// SPDX-License-Identifier: MIT
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <string>

#include "asked_target.h"
#include "senders.h"
#include "signal_cases.h"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ includes it, too
}

namespace transparency {
namespace {

constexpr uid_t kNobody = 65534;

json refused(const std::function<long(pid_t pid)>& send) {
  const AskedTarget target = start_target();
  json saw = outcome([&] { return send(target.pid); });
  saw["lives"] = waitpid(target.pid, nullptr, WNOHANG) == 0;
  saw["end"] = end(target.pid);
  return saw;
}

json refused_to_nobody(const Sender& sender) {
  const AskedTarget target = start_target();
  json saw = seen_by_child([&] {
    if (setresuid(kNobody, kNobody, kNobody) != 0) _exit(95);
    return outcome([&] { return sender.send(target.pid, SIGKILL); });
  });
  saw["lives"] = waitpid(target.pid, nullptr, WNOHANG) == 0;
  saw["end"] = end(target.pid);
  return saw;
}

siginfo_t info_of(int signal, int code) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  return info;
}

long by_pidfd(pid_t pid, siginfo_t* info, unsigned flags, bool by_number) {
  const int fd = pidfd_open(pid, 0);
  errno = 4242;
  const long result = by_number ? syscall(SYS_pidfd_send_signal, fd, SIGKILL, info, flags)
                                : pidfd_send_signal(fd, SIGKILL, info, flags);
  const int error = errno;
  close(fd);
  errno = error;
  return result;
}

void add_pidfd_cases(std::vector<SignalCase>& cases, bool by_number) {
  const auto add = [&](const std::string& name, std::function<long(pid_t)> send) {
    cases.push_back(
        {"refused/" + name + (by_number ? "_by_number" : ""), [send] { return refused(send); }, 0});
  };
  add("pidfd_flags",
      [by_number](pid_t pid) { return by_pidfd(pid, nullptr, 1U << 31U, by_number); });
  add("pidfd_forged", [by_number](pid_t pid) {
    siginfo_t info = info_of(SIGKILL, SI_USER);
    return by_pidfd(pid, &info, 0, by_number);
  });
  add("pidfd_forged_tkill", [by_number](pid_t pid) {
    siginfo_t info = info_of(SIGKILL, SI_TKILL);
    return by_pidfd(pid, &info, 0, by_number);
  });
  add("pidfd_other_signal", [by_number](pid_t pid) {
    siginfo_t info = info_of(SIGTERM, SI_QUEUE);
    return by_pidfd(pid, &info, 0, by_number);
  });
  add("pidfd_no_memory", [by_number](pid_t pid) {
    return by_pidfd(pid, reinterpret_cast<siginfo_t*>(8), 0, by_number);
  });
}

}  // namespace

std::vector<SignalCase> asked_refusal_cases() {
  std::vector<SignalCase> cases;
  for (const Sender& sender : kSenders) {
    cases.push_back({std::string("refused/foreign_by_") + sender.name,
                     [&sender] { return refused_to_nobody(sender); }, 0});
  }
  for (const bool by_number : {false, true}) add_pidfd_cases(cases, by_number);
  const auto add = [&](const char* name, std::function<long(pid_t)> send) {
    cases.push_back({std::string("refused/") + name, [send] { return refused(send); }, 0});
  };
  add("wrong_process", [](pid_t pid) { return tgkill(getpid(), pid, SIGKILL); });
  add("wrong_process_by_number",
      [](pid_t pid) { return syscall(SYS_tgkill, getpid(), pid, SIGKILL); });
  add("negative_process", [](pid_t pid) { return tgkill(-1, pid, SIGKILL); });
  add("queued_forged", [](pid_t pid) {
    siginfo_t info = info_of(SIGKILL, SI_USER);
    return syscall(SYS_rt_sigqueueinfo, pid, SIGKILL, &info);
  });
  add("queued_no_memory", [](pid_t pid) { return syscall(SYS_rt_sigqueueinfo, pid, SIGKILL, 8); });
  add("nothing", [](pid_t pid) { return kill(pid, 0); });
  // The kernel takes the signal from the argument, not from the siginfo_t.
  cases.push_back({"refused/not_queued_other_signal",
                   [] {
                     const AskedTarget target = start_target();
                     siginfo_t info = info_of(SIGTERM, SI_QUEUE);
                     json saw = outcome(
                         [&] { return syscall(SYS_rt_sigqueueinfo, target.pid, SIGKILL, &info); });
                     saw["status"] = status_of(target.pid);
                     return saw;
                   },
                   1});
  return cases;
}

}  // namespace transparency
