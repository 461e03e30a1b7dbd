// SPDX-License-Identifier: MIT
// Starts the command of its arguments with an empty environment, and ends as a shell would.
#include <spawn.h>
#include <sys/wait.h>

int main(int, char** arguments) {
  char* none[] = {nullptr};
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, arguments[1], nullptr, nullptr, arguments + 1, none) != 0) return 127;
  if (waitpid(child, &status, 0) != child) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
