// SPDX-License-Identifier: MIT
// static_kill PID MICROSECONDS: sends SIGKILL after that time.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  usleep(atoi(arguments[2]));
  return kill(atoi(arguments[1]), SIGKILL) == 0 ? 0 : 1;
}
