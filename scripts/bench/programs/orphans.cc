// SPDX-License-Identifier: MIT
// orphans NUMBER: makes so many, which exit at once; says so, and stays until its stdin ends.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

int main(int argc, char** argv) {
  const int number = argc > 1 ? std::atoi(argv[1]) : 1;
  for (int i = 0; i < number; ++i) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      fork();
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  }
  char byte = 0;
  if (write(1, "done\n", 5) != 5) return 1;
  return read(0, &byte, 1) == 0 ? 0 : 1;
}
