// SPDX-License-Identifier: MIT
// As from glibc 2.43 on: what the kernel clears at the end of a thread is not where the thread's id is. Of the first
// thread alone, which nobody joins.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static int state = 3;
static void* (*run_first)(void*);

static void* run(void* argument) {
  syscall(SYS_set_tid_address, &state);
  return run_first(argument);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
  static atomic_flag is_later = ATOMIC_FLAG_INIT;
  int (*create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) = dlsym(RTLD_NEXT, "pthread_create");
  if (atomic_flag_test_and_set(&is_later)) return create(thread, attributes, start, argument);
  run_first = start;
  return create(thread, attributes, run, argument);
}
