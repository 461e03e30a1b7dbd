// SPDX-License-Identifier: MIT
// A handler that raises another signal, on a small stack above a page that faults.
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static void on_signal(int signal) {
  (void)signal;
  raise(SIGWINCH);
  raise(SIGUSR2);
}

int main(void) {
  char* memory = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(memory, 4096, PROT_NONE);
  stack_t stack = {.ss_sp = memory + 4096, .ss_size = 8192};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  signal(SIGUSR2, SIG_IGN);
  raise(SIGUSR1);
  puts("raised");
  return 0;
}
