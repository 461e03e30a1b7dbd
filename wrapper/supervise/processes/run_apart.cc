// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/run_apart.h"

#include <sys/wait.h>
#include <unistd.h>

namespace covenv::supervise {

void run_apart(const std::function<void()>& steps) {
  // NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  const pid_t child = vfork();
  if (child == 0) {
    setsid();  // because a SIGKILL may be for the whole group
    steps();
    _exit(0);
  }
  // NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  if (child < 0) return steps();
  waitpid(child, nullptr, 0);
}

}  // namespace covenv::supervise
