// SPDX-License-Identifier: MIT
// Its constructor kills a child of its own.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int killed_by_its_constructor;

__attribute__((constructor)) static void kill_a_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  int status = 0;
  if (child < 0 || kill(child, SIGKILL) != 0 || waitpid(child, &status, 0) != child) abort();
  killed_by_its_constructor = WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}
