// SPDX-License-Identifier: MIT
// How long a signal takes through a wrapper; prints the median in nanoseconds.
//   signal_loop deliver ROUNDS WRAPPER...
//       from kill() of the wrapper to the first thing that the command's handler does, one signal
//       after the other
//   signal_loop apart ROUNDS WRAPPER...
//       the same, with a millisecond between them
//   signal_loop end ROUNDS WRAPPER...
//       from kill() of the wrapper, whose command dies of it, to the wrapper reaped
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReport = 100;  // the command's end of the pipe
constexpr int kApart = 1000;  // microseconds

void report(int) {
  const char byte = 0;
  if (write(kReport, &byte, 1) != 1) _exit(1);
}

[[noreturn]] void be_the_command() {
  signal(SIGUSR1, report);
  report(0);
  for (;;) pause();
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

class Wrapped {
 public:
  explicit Wrapped(std::vector<char*> command) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], kReport);
    // The reader of our output waits for its end, and a wrapper may leave its command behind.
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, command[0], &actions, nullptr, command.data(), environ) != 0)
      fail(command[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    reports_ = ends[0];
    await_report();
  }
  Wrapped(const Wrapped&) = delete;
  Wrapped& operator=(const Wrapped&) = delete;
  ~Wrapped() { close(reports_); }

  void signal(int signo) const { kill(pid_, signo); }
  void await_report() const {
    constexpr int kMilliseconds = 5000;
    pollfd reports = {.fd = reports_, .events = POLLIN, .revents = 0};
    char byte = 0;
    if (poll(&reports, 1, kMilliseconds) != 1 || read(reports_, &byte, 1) != 1) fail("no report");
  }
  void await_end() const { waitpid(pid_, nullptr, 0); }

 private:
  pid_t pid_ = 0;
  int reports_ = -1;
};

template <typename Action>
long long nanoseconds(Action action) {
  const auto start = Clock::now();
  action();
  return std::chrono::nanoseconds(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "command") == 0) be_the_command();
  if (argc < 4) return 2;
  const std::string mode = argv[1];
  const int rounds = std::atoi(argv[2]);
  std::vector<char*> command(argv + 3, argv + argc);
  char word[] = "command";
  command.insert(command.end(), {argv[0], word, nullptr});

  std::vector<long long> times;
  const auto end = [&](const Wrapped& wrapped) {
    wrapped.signal(SIGTERM);
    wrapped.await_end();
  };
  if (mode == "deliver" || mode == "apart") {
    const Wrapped wrapped(command);
    for (int i = 0; i < rounds; ++i) {
      if (mode == "apart") usleep(kApart);
      times.push_back(nanoseconds([&] {
        wrapped.signal(SIGUSR1);
        wrapped.await_report();
      }));
    }
    end(wrapped);
  } else {
    for (int i = 0; i < rounds; ++i) {
      const Wrapped wrapped(command);
      times.push_back(nanoseconds([&] { end(wrapped); }));
    }
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  std::printf("%lld\n", times[rounds / 2]);
  return 0;
}
