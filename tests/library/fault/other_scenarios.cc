// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "probe.h"

namespace fault {
namespace {

void run_setenv(const Scenario&) {
  static char entry[] = "COVERAGE_PUT=1";
  say("setenv", setenv("COVERAGE_SET", "1", 1));
  say("putenv", putenv(entry));
  say("get", std::atoi(getenv("COVERAGE_SET")) + std::atoi(getenv("COVERAGE_PUT")));
}

void run_dispositions(const Scenario&) {
  for (const int signal : {SIGURG, 57, 59, SIGTERM}) {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    struct sigaction old {};
    say("sigaction", sigaction(signal, &action, &old));
    say("signal", std::signal(signal, SIG_DFL) == SIG_IGN ? 1 : 0);
  }
}

template <void (*leave)(int)>
void run_exit(const Scenario&) {
  const pid_t child = fork();
  if (child == 0) leave(9);
  say_end(child);
}

}  // namespace

std::vector<Scenario> other_scenarios() {
  return {{"setenv/carried", run_setenv, ""},
          {"sigaction/all", run_dispositions, ""},
          {"_exit/plain", run_exit<_exit>, ""},
          {"_Exit/plain", run_exit<_Exit>, ""},
          {"quick_exit/plain", run_exit<quick_exit>, ""}};
}

}  // namespace fault
