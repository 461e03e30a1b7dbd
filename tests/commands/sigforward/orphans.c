/* SPDX-License-Identifier: MIT
 * orphans N: makes N orphans, one after the other, which end at once; says "made", and waits for the end of stdin. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; ++i) {
    pid_t parent = vfork();
    if (parent == 0) {
      if (vfork() == 0) _exit(0);
      _exit(0);
    }
    waitpid(parent, NULL, 0);
  }
  puts("made");
  fflush(stdout);
  while (getchar() != EOF) continue;
  return 0;
}
