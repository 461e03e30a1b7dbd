// SPDX-License-Identifier: MIT
// A program with gcov's counters. Says that it is ready on descriptor 1, and ends when descriptor 0
// is closed.
#include <unistd.h>

#include <cerrno>

int main() {
  if (write(1, "", 1) != 1) return 96;
  char byte;
  while (read(0, &byte, 1) < 0 && errno == EINTR) {
  }
  _exit(7);
}
