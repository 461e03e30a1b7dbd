// SPDX-License-Identifier: MIT
// probe --list            the names of its scenarios
// probe SCENARIO FOLDER   runs one, with the targets that lie in FOLDER
#include "probe.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace fault {

void say(const char* what, long result) {
  const int error = errno;
  std::printf("%s %ld %d\n", what, result, error);
  std::fflush(stdout);
  errno = 4242;
}

void say_state() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    for (const char* const field : {"SigBlk:", "SigIgn:", "SigCgt:", "Threads:"}) {
      if (line.starts_with(field)) std::printf("%s ", line.c_str());
    }
  }
  int files = 0;
  for (int fd = 0; fd < 256; ++fd) files += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  // One less, because the descriptor of /proc/self/status is open here.
  std::printf("files %d\n", files - 1);
  std::fflush(stdout);
  errno = 4242;
}

void say_end(int child) {
  int status = 0;
  // `info` stays zero, because waitpid() does not fill it in.
  siginfo_t info{};
  const pid_t reaped = static_cast<pid_t>(TEMP_FAILURE_RETRY(waitpid(child, &status, 0)));
  std::printf("end %d %x %d\n", reaped == child ? 1 : 0, static_cast<unsigned>(status),
              info.si_code);
  std::fflush(stdout);
  errno = 4242;
}

}  // namespace fault

int main(int argc, char** argv) {
  using namespace fault;  // NOLINT(google-build-using-namespace): its own main
  std::vector<Scenario> scenarios = exec_scenarios();
  for (auto* make : {kill_scenarios, other_scenarios}) {
    for (Scenario& one : make()) scenarios.push_back(one);
  }
  const std::string wanted = argc > 1 ? argv[1] : "";
  if (argc > 2 && chdir(argv[2]) != 0) return 96;
  for (const Scenario& one : scenarios) {
    if (wanted == "--list") std::printf("%s\n", one.name.c_str());
    if (one.name != wanted) continue;
    errno = 4242;
    one.run(one);
    say_state();
    return 0;
  }
  return wanted == "--list" ? 0 : 97;
}
