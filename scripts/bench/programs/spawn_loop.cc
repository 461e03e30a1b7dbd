// SPDX-License-Identifier: MIT
// spawn_loop ROUNDS [COMMAND...]: starts it, /bin/true by default, and waits for it; prints the
// nanoseconds of one.
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  char name[] = "/bin/true";
  char* plain[] = {name, nullptr};
  char** const arguments = argc > 2 ? argv + 2 : plain;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) {
    pid_t pid = 0;
    int status = 0;
    if (posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments, environ) != 0) return 1;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - start;
  std::printf("%lld\n", static_cast<long long>(spent.count() / rounds));
  return 0;
}
