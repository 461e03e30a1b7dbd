// SPDX-License-Identifier: MIT
// Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
  if (strcmp(how, "crash") == 0) raise(SIGSEGV);
  if (strcmp(how, "exit_group") == 0) syscall(SYS_exit_group, 3);
}

/// More memory than there is.
static void eat() {
  for (const size_t piece = 1 << 20;;) memset(malloc(piece), 1, piece);
}

static void serve();

static void* serve_in_thread(void*) {
  serve();
  return nullptr;
}

/// The thread that is left goes on; the process ends with it.
static void leave_to_thread() {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, serve_in_thread, nullptr) == 0) pthread_exit(nullptr);
}

static void exec_in_thread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        execl("/proc/self/exe", "server", nullptr);
        return nullptr;
      },
      nullptr);
  pthread_join(thread, nullptr);
}

static void serve() {
  char line[64];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    line[strcspn(line, "\n")] = '\0';
    end_by(line);
    if (strcmp(line, "pthread_exit") == 0) leave_to_thread();
    if (strcmp(line, "exec in thread") == 0) exec_in_thread();
    if (strcmp(line, "eat") == 0) eat();
    if (strcmp(line, "undumpable") == 0) prctl(PR_SET_DUMPABLE, 0);
    if (strcmp(line, "busy") == 0) {
      for (int amount = 0;; ++amount) work(amount % 1000);
    }
    printf("%d\n", work(atoi(line)));
    fflush(stdout);
  }
}

int main() {
  printf("ready\n");
  fflush(stdout);
  serve();
  return 0;
}
