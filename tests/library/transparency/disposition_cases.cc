// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>

#include "signal_cases.h"

namespace transparency {
namespace {

constexpr int kLast = 64;

int calls;
int last_value;
bool was_blocked;
bool other_was_blocked;

void count(int signal) {
  sigset_t mask{};
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  was_blocked = sigismember(&mask, signal) == 1;
  other_was_blocked = sigismember(&mask, SIGUSR2) == 1;
  ++calls;
}

void count_more(int signal, siginfo_t* info, void*) {
  count(signal);
  last_value = info->si_code == SI_QUEUE ? info->si_value.sival_int : -1;
}

std::string handler_name(const void* handler) {
  if (handler == reinterpret_cast<const void*>(count)) return "count";
  if (handler == reinterpret_cast<const void*>(count_more)) return "count_more";
  const auto number = reinterpret_cast<std::uintptr_t>(handler);
  return number < 4 ? std::to_string(number) : number == ~std::uintptr_t{0} ? "error" : "another";
}

std::string handler_name(sighandler_t handler) {
  return handler_name(reinterpret_cast<const void*>(handler));
}

json described(const struct sigaction& action) {
  json mask = json::array();
  for (int signal = 1; signal <= kLast; ++signal) {
    if (sigismember(&action.sa_mask, signal) == 1) mask.push_back(signal);
  }
  return {{"handler", handler_name(reinterpret_cast<const void*>(action.sa_handler))},
          {"flags", action.sa_flags},
          {"mask", mask},
          {"restorer", action.sa_restorer != nullptr}};
}

json query(int signal) {
  struct sigaction old {};
  json saw = outcome([&] { return sigaction(signal, nullptr, &old); });
  saw["old"] = described(old);
  return saw;
}

json kernel_view() {
  std::ifstream status("/proc/self/status");
  json lines = json::array();
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Sig", 0) == 0 && line.rfind("SigQ", 0) != 0) lines.push_back(line);
  }
  return lines;
}

json all_signals() {
  json saw;
  for (int signal = -1; signal <= kLast + 2; ++signal) saw["before"].push_back(query(signal));
  struct sigaction action {};
  action.sa_sigaction = count_more;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_ONSTACK;
  sigaddset(&action.sa_mask, SIGUSR2);
  for (int signal = 1; signal <= kLast; ++signal) {
    struct sigaction old {};
    saw["set"].push_back(outcome([&] { return sigaction(signal, &action, &old); }));
    saw["set"].push_back(described(old));
  }
  saw["kernel"] = kernel_view();
  for (int signal = 1; signal <= kLast; ++signal) saw["after"].push_back(query(signal));
  return saw;
}

json all_by(sighandler_t (*set)(int, sighandler_t)) {
  json saw = json::array();
  for (int signal = 0; signal <= kLast + 1; ++signal) {
    for (const sighandler_t handler : {count, SIG_IGN, SIG_DFL}) {
      errno = 4242;
      const sighandler_t old = set(signal, handler);
      saw.push_back({handler_name(old), errno});
      saw.push_back(query(signal));
    }
  }
  saw.push_back(kernel_view());
  return saw;
}

// A handler is called as its flags say, above all for the saver's own signal.
json delivered(int signal) {
  json saw;
  const auto seen = [&](const char* name) {
    saw[name] = {calls, last_value, was_blocked, other_was_blocked, query(signal)["old"]};
    calls = last_value = 0;
  };
  struct sigaction action {};
  action.sa_handler = count;
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(signal, &action, nullptr);
  raise(signal);
  seen("raised");
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
  raise(signal);
  seen("once");
  action.sa_sigaction = count_more;
  action.sa_flags = SA_SIGINFO;
  sigaction(signal, &action, nullptr);
  sigval value{};
  value.sival_int = 4711;
  sigqueue(getpid(), signal, value);
  seen("queued");
  sigset_t set{};
  sigset_t pending{};
  sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  raise(signal);
  sigpending(&pending);
  saw["pending"] = sigismember(&pending, signal) == 1;
  int got = 0;
  sigwait(&set, &got);
  saw["waited"] = got == signal;
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  seen("not_called");
  std::signal(signal, SIG_IGN);
  raise(signal);
  seen("ignored");
  saw["kernel"] = kernel_view();
  return saw;
}

}  // namespace

std::vector<SignalCase> disposition_cases() {
  return {
      {"disposition/all", all_signals},
      {"disposition/signal", [] { return all_by(std::signal); }},
      {"disposition/sysv_signal", [] { return all_by(sysv_signal); }},
      {"disposition/bad_pointer",
       [] {
         // NOLINTNEXTLINE(performance-no-int-to-ptr)
         auto* bad = reinterpret_cast<struct sigaction*>(std::uintptr_t{8});
         return outcome([&] { return sigaction(99, bad, nullptr); });
       }},
      {"disposition/delivered_URG", [] { return delivered(SIGURG); }},
      {"disposition/delivered_USR1", [] { return delivered(SIGUSR1); }},
      {"disposition/delivered_RTMAX", [] { return delivered(SIGRTMAX); }},
      {"disposition/urgent_ignored_by_default",
       [] {
         raise(SIGURG);
         sigval value{};
         sigqueue(getpid(), SIGURG, value);
         return kernel_view();
       }},
  };
}

}  // namespace transparency
