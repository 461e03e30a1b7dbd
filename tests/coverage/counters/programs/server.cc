// SPDX-License-Identifier: MIT
// Works when it is told to, until it is told how to end, or is killed. Commands are words on lines.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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
  if (strcmp(how, "crash") == 0) *reinterpret_cast<volatile int*>(8) = 1;
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

/// Works for ever. `calls`, which the test may read, counts the calls of work(27).
static void load(volatile long& calls, bool allocates) {
  for (;;) {
    void* volatile block = allocates ? malloc(static_cast<size_t>(1 + calls % 5000)) : nullptr;
    work(27);
    calls = calls + 1;
    free(block);
  }
}

static void* load_in_thread(void* calls) {
  load(*static_cast<volatile long*>(calls), false);
  return nullptr;
}

/// `how` may be followed by a file that holds the numbers of calls.
static void load_by(const char* how) {
  char word[16] = "";
  char path[240] = "";
  if (sscanf(how, "%15s %239s", word, path) == 0) return;
  const bool is_threads = strcmp(word, "threads") == 0;
  const bool allocates = strcmp(word, "malloc") == 0;
  if (!is_threads && !allocates && strcmp(word, "busy") != 0) return;
  const int file = open(path, O_RDWR);
  const int flags = file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* const page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, flags, file, 0);
  auto* const calls = static_cast<long*>(page);
  for (int i = 1; is_threads && i < 4; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, load_in_thread, calls + i);
  }
  load(calls[0], allocates);
}

static void serve() {
  char line[256];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    line[strcspn(line, "\n")] = '\0';
    end_by(line);
    if (strcmp(line, "pthread_exit") == 0) leave_to_thread();
    if (strcmp(line, "exec in thread") == 0) exec_in_thread();
    if (strcmp(line, "eat") == 0) eat();
    if (strcmp(line, "undumpable") == 0) prctl(PR_SET_DUMPABLE, 0);
    load_by(line);
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
