// SPDX-License-Identifier: MIT
// preinit FUNCTION TARGET: calls the function before the constructor of any library has run, even
// libc's.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace {

void before_constructors(int argc, char** argv, char**) {
  if (argc != 3) return;
  char given[] = "GIVEN=1";
  char* arguments[] = {argv[2], nullptr};
  char* envp[] = {given, nullptr};
  if (std::strcmp(argv[1], "execve") == 0) execve(argv[2], arguments, envp);
  if (std::strcmp(argv[1], "execv") == 0) execv(argv[2], arguments);
  pid_t child = -1;
  if (std::strcmp(argv[1], "posix_spawn") == 0 &&
      posix_spawn(&child, argv[2], nullptr, nullptr, arguments, envp) == 0) {
    waitpid(child, nullptr, 0);
    _exit(0);
  }
  _exit(98);
}

using Preinit = void (*)(int, char**, char**);
__attribute__((section(".preinit_array"), used)) const Preinit kPreinit = before_constructors;

}  // namespace

int main() { return 97; }
