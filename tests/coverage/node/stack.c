// SPDX-License-Identifier: MIT
// Preloaded: a constructor that gives the main thread a stack for signals, as a crash reporter in a native addon does.
#include <signal.h>
#include <stddef.h>

static char room[1 << 16];

__attribute__((constructor)) static void set_up(void) {
  const stack_t stack = {.ss_sp = room, .ss_flags = 0, .ss_size = sizeof(room)};
  sigaltstack(&stack, NULL);
}
