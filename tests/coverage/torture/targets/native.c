// SPDX-License-Identifier: MIT
// C code that the targets run with or without the GIL.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void malloc_for_ever(void) {
  void* held[64] = {0};
  unsigned state = (unsigned)time(NULL);
  for (;;) {
    state = state * 1103515245u + 12345u;
    const unsigned slot = state >> 16 & 63;
    free(held[slot]);
    held[slot] = malloc((state >> 8 & 15) == 0 ? 200000 : 16 + (state >> 4 & 4095));
  }
}

static void sleep_ms(int ms) {
  struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

void hold_ms(int ms) { sleep_ms(ms); }

static void* nothing(void* argument) { return argument; }

void start_threads_for_ever(void) {
  for (;;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
  }
}

void load_for_ever(const char* path) {
  for (;;) {
    void* const library = dlopen(path, RTLD_NOW);
    if (library == NULL) abort();
    ((void (*)(void))dlsym(library, "use"))();
    dlclose(library);
  }
}

static int exit_ms;
static int exit_pipe;

static void linger(void) {
  dprintf(exit_pipe, "ready %d\n", (int)getpid());
  sleep_ms(exit_ms);
}

// Has the process linger in C's atexit(), which comes after Py_Finalize(), and tell the runner that it is ready there.
void linger_at_exit(int pipe, int ms) {
  exit_pipe = pipe;
  exit_ms = ms;
  atexit(linger);
}
