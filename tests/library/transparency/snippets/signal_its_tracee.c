// SPDX-License-Identifier: MIT
// Signals a stopped tracee 2000 times, as a debugger does. Waits would exceed the deadline.
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  alarm(20);
  for (int i = 0; i < 2000; ++i) kill(child, i % 2 == 0 ? SIGCONT : SIGTERM);
  alarm(0);
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) == child && !WIFSIGNALED(status)) continue;
  printf("%d\n", status);
  return 0;
}
