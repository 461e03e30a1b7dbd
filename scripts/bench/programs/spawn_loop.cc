// SPDX-License-Identifier: MIT
// spawn_loop [--cpu] ROUNDS [COMMAND...]: starts it, /bin/true by default, and waits for it; prints
// the nanoseconds of one. --cpu: those for which a processor was busy with it, here and in the
// child, which other processes hardly change. The clock starts when those that came before us, and
// whatever they have started beside us, have come to rest.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds since_start() { return std::chrono::steady_clock::now().time_since_epoch(); }

nanoseconds busy() {
  nanoseconds sum(0);
  for (const int whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage = {};
    getrusage(whose, &usage);
    sum += seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  }
  return sum;
}

void run(char** arguments) {
  pid_t pid = 0;
  int status = 0;
  const bool is_started =
      posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments, environ) == 0;
  if (!is_started || waitpid(pid, &status, 0) != pid || status != 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  auto* clock = since_start;
  if (argc > 1 && std::string_view(argv[1]) == "--cpu") {
    clock = busy;
    --argc;
    ++argv;
  }
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  char name[] = "/bin/true";
  char* plain[] = {name, nullptr};
  char** const arguments = argc > 2 ? argv + 2 : plain;
  const nanoseconds rest = since_start() + milliseconds(50);
  while (since_start() < rest) run(arguments);
  const nanoseconds start = clock();
  for (int i = 0; i < rounds; ++i) run(arguments);
  std::printf("%lld\n", static_cast<long long>((clock() - start).count() / rounds));
  return 0;
}
