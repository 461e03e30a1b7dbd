// SPDX-License-Identifier: MIT
// Asks whether a thread lives, as a program built before glibc 2.34 does.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int old_pthread_kill(pthread_t, int);
__asm__(".symver old_pthread_kill,pthread_kill@GLIBC_2.2.5");

static atomic_int tid;

static void* run(void* nothing) {
  tid = (int)syscall(SYS_gettid);
  return nothing;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, run, NULL);
  while (tid == 0 || syscall(SYS_tgkill, getpid(), tid, 0) == 0) usleep(1000);
  printf("%d\n", old_pthread_kill(thread, 0));
  return 0;
}
