// SPDX-License-Identifier: MIT
// Does as glibc does from 2.43 on: the word that the kernel clears at a thread's end is not the thread's id. Only for
// the first thread, which is never joined.
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
