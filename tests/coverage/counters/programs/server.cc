// SPDX-License-Identifier: MIT
// Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "work.h"

static void end_by(const char* how) {
  if (strcmp(how, "_exit") == 0) _exit(3);
  if (strcmp(how, "_Exit") == 0) _Exit(3);
  if (strcmp(how, "quick_exit") == 0) quick_exit(3);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "raise") == 0) raise(SIGTERM);
  if (strcmp(how, "kill self") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "exec") == 0) execl("/bin/sh", "sh", "-c", "exit 3", nullptr);
  if (strcmp(how, "exit") == 0) exit(3);
}

int main() {
  char line[64];
  printf("ready\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != nullptr) {
    line[strcspn(line, "\n")] = '\0';
    end_by(line);
    if (strcmp(line, "busy") == 0) {
      for (int amount = 0;; ++amount) work(amount % 1000);
    }
    printf("%d\n", work(atoi(line)));
    fflush(stdout);
  }
  return 0;
}
