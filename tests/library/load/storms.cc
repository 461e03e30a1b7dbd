// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include "children.h"
#include "load.h"

namespace load {
namespace {

/// From construction to destruction this process gets a signal every 50 us.
class Storm {
 public:
  explicit Storm(int flags) {
    struct sigaction action {};
    action.sa_handler = [](int) { hits.fetch_add(1, std::memory_order_relaxed); };
    action.sa_flags = flags;
    sigaction(SIGUSR2, &action, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR2;
    timer_create(CLOCK_MONOTONIC, &event, &timer_);
    const itimerspec each = {.it_interval = {.tv_sec = 0, .tv_nsec = 50000},
                             .it_value = {.tv_sec = 0, .tv_nsec = 50000}};
    timer_settime(timer_, 0, &each, nullptr);
  }
  ~Storm() {
    timer_delete(timer_);
    signal(SIGUSR2, SIG_DFL);
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  static inline std::atomic<int> hits{0};

 private:
  timer_t timer_{};
};

std::string said(int result) {
  return std::to_string(result) + " errno " + std::to_string(result == -1 ? errno : 0);
}

/// Waits, and returns the result. Results EINTR are passed over, because there may be any number.
std::string waited(pid_t pid) {
  std::string answer;
  int status = 0;
  do {
    answer = said(waitpid(pid, &status, 0) == pid ? 0 : -1);
  } while (answer == "-1 errno " + std::to_string(EINTR));
  return answer + " status " + std::to_string(status);
}

}  // namespace

json spawn_in_a_storm(int count) {
  const Leaf leaf;
  std::set<int> statuses;
  std::set<std::string> forked;
  for (const int flags : {0, SA_RESTART}) {
    const Storm storm(flags);
    for (int i = 0; i < count; ++i) {
      statuses.insert(without_carried(leaf.run()));
      const pid_t pid = fork();
      if (pid == 0) {
        execl(leaf.path(), "load_leaf", nullptr);
        _exit(99);
      }
      forked.insert(waited(pid));
    }
  }
  return {{"same", {{"statuses", statuses}, {"forked", forked}}},
          {"was_stormy", Storm::hits > 2 * count}};
}

json kill_in_a_storm(int count) {
  std::set<std::string> plain;
  std::set<std::string> marked;
  std::set<std::string> nobody;
  for (const int flags : {0, SA_RESTART}) {
    const Storm storm(flags);
    for (int i = 0; i < count; ++i) {
      for (const bool is_marked : {false, true}) {
        const pid_t pid = start_waiting(is_marked, 0);
        const std::string killed = said(kill(pid, SIGKILL));
        (is_marked ? marked : plain).insert(killed + ", " + waited(pid));
        nobody.insert(said(kill(pid, SIGKILL)));
      }
    }
  }
  return {{"same", {{"plain", plain}, {"marked", marked}, {"nobody", nobody}}},
          {"asked", asked()},
          {"was_stormy", Storm::hits > 2 * count}};
}

}  // namespace load
