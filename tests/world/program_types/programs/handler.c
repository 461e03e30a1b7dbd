// SPDX-License-Identifier: MIT
// Closes every descriptor. Then, in a handler on a stack of 16 KiB, starts a program, kills it when it is
// ready, and waits for it. handler FILE COMMAND...; the program makes FILE when it is ready.
// Exits with 0 if wait() gave the right status, and no descriptor is open.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kStack = 16384, kPage = 4096 };

static char** arguments;
static volatile int outcome = 90;

static void run(int number) {
  (void)number;
  char* nothing[] = {NULL};
  pid_t child;
  if (posix_spawn(&child, arguments[2], NULL, NULL, arguments + 2, nothing) != 0) {
    outcome = 91;
    return;
  }
  struct stat status;
  int ended = 0;
  const struct timespec moment = {.tv_nsec = 5000000};
  while (stat(arguments[1], &status) != 0) {
    if (waitpid(child, &ended, WNOHANG) == child) {
      outcome = 92;
      return;
    }
    nanosleep(&moment, NULL);
  }
  if (kill(child, SIGKILL) != 0) {
    outcome = 93;
    return;
  }
  const int is_right = waitpid(child, &ended, 0) == child && WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL;
  outcome = is_right ? 0 : 94;
}

int main(int argc, char** argv) {
  if (argc < 3) return 95;
  arguments = argv;
  closefrom(0);
  char* base = mmap(NULL, kStack + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(base, kPage, PROT_NONE);
  const stack_t stack = {.ss_sp = base + kPage, .ss_size = kStack};
  const struct sigaction action = {.sa_handler = run, .sa_flags = SA_ONSTACK};
  if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGUSR1, &action, NULL) != 0) return 96;
  raise(SIGUSR1);
  for (int fd = 0; fd < 64; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) return 97;
  }
  return outcome;
}
