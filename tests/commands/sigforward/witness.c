/* SPDX-License-Identifier: MIT
 * witness KIND [FD]: a command to be tortured. On FD it says, in one write each,
 *   S <pid> <kind>     it runs
 *   T <pid> <ns>       it got SIGTERM, at that time of CLOCK_MONOTONIC
 * Kinds: plain (ends on SIGTERM), deaf (goes on), group (plain, with a plain and a deaf member), session (plain, with a
 * deaf child in a session of its own). Ends by itself after a minute. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int log_fd;
static int is_deaf;

static void say(char what, const char* text) {
  char line[64];
  int size = snprintf(line, sizeof line, "%c %d %s\n", what, (int)getpid(), text);
  if (write(log_fd, line, (size_t)size) != size) _exit(99);
}

static void on_term(int signo) {
  (void)signo;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char text[32];
  snprintf(text, sizeof text, "%lld", now.tv_sec * 1000000000LL + now.tv_nsec);
  say('T', text);
  if (!is_deaf) _exit(0);
}

static void run(const char* kind, int deaf) {
  is_deaf = deaf;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_term;
  sigaction(SIGTERM, &action, NULL);
  say('S', kind);
  for (int i = 0; i < 60; ++i) {
    struct timespec second = {1, 0};
    while (nanosleep(&second, &second) != 0) continue;
  }
  _exit(0);
}

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "plain";
  log_fd = argc > 2 ? atoi(argv[2]) : 2;
  if (strcmp(kind, "group") == 0) {
    if (fork() == 0) run("member", 0);
    if (fork() == 0) run("deaf member", 1);
  }
  if (strcmp(kind, "session") == 0 && fork() == 0) {
    setsid();
    run("session", 1);
  }
  run(kind, strcmp(kind, "deaf") == 0);
}
