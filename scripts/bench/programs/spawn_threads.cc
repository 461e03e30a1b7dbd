// SPDX-License-Identifier: MIT
// spawn_threads THREADS ROUNDS: so many threads start /bin/true, and wait for it, one after the
// other, ROUNDS times in all; prints the nanoseconds of one.
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int rounds = std::atoi(argv[2]);
  std::atomic<int> left = rounds;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    char name[] = "/bin/true";
    char* arguments[] = {name, nullptr};
    while (left.fetch_sub(1) > 0) {
      pid_t pid = 0;
      int status = 0;
      if (posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments, environ) != 0 ||
          waitpid(pid, &status, 0) != pid || status != 0) {
        failed = true;
      }
    }
  };
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = std::atoi(argv[1]); i > 0; --i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const std::chrono::nanoseconds spent = std::chrono::steady_clock::now() - start;
  std::printf("%lld\n", static_cast<long long>(spent.count() / rounds));
  return failed ? 1 : 0;
}
