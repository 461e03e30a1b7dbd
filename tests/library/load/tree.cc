// SPDX-License-Identifier: MIT
// load_tree DEPTH: starts itself twice with an empty environment, until DEPTH is 0, and ends after
// both. Prints one byte for each leaf below that got the runner's variable. Exits with 0 unless
// something failed.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

int main(int, char** argv) {
  const int depth = std::atoi(argv[1]);
  if (depth == 0) {
    return std::getenv("COV_LOAD") == nullptr || write(1, "c", 1) == 1 ? 0 : 1;
  }
  std::string below = std::to_string(depth - 1);
  const std::array<char*, 3> arguments = {argv[0], below.data(), nullptr};
  const std::array<char*, 1> nothing = {nullptr};
  int failures = 0;
  for (int i = 0; i < 2; ++i) {
    pid_t pid = 0;
    if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, arguments.data(), nothing.data()) !=
        0) {
      ++failures;
    }
  }
  int status = 0;
  while (wait(&status) > 0) {
    if (status != 0) ++failures;
  }
  return failures == 0 ? 0 : 1;
}
