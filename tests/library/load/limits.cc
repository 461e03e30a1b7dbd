// SPDX-License-Identifier: MIT
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "children.h"
#include "load.h"

namespace load {
namespace {

constexpr std::size_t kSmall = 16 * 1024;
constexpr std::size_t kPage = 4096;

/// A stack of 16 KiB for a thread, above a page that faults. The main thread's is never this small.
class SmallStack {
 public:
  SmallStack() {
    void* const base =
        mmap(nullptr, kSmall + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(base, kPage, PROT_NONE);
    pthread_attr_init(&attributes_);
    pthread_attr_setstack(&attributes_, static_cast<char*>(base) + kPage, kSmall);
  }
  void run(void* (*body)(void*), void* argument) {
    pthread_t thread{};
    if (pthread_create(&thread, &attributes_, body, argument) != 0) std::abort();
    pthread_join(thread, nullptr);
  }

 private:
  pthread_attr_t attributes_{};
};

struct Answers {
  const Leaf& leaf;
  int spawned = -1;
  int executed = -1;
  pid_t plain = 0;
  pid_t marked = 0;
  pid_t group = 0;
  std::array<int, 3> killed{};
  std::array<int, 3> statuses{};
};

void* use_hooks(void* argument) {
  Answers& answers = *static_cast<Answers*>(argument);
  answers.spawned = without_carried(answers.leaf.run());
  const pid_t pid = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (pid == 0) {
    execl(answers.leaf.path(), "load_leaf", nullptr);
    _exit(99);
  }
  answers.executed = without_carried(status_of(pid));
  answers.killed = {kill(answers.plain, SIGKILL), kill(answers.marked, SIGKILL),
                    killpg(answers.group, SIGKILL)};
  answers.statuses = {status_of(answers.plain), status_of(answers.marked),
                      status_of(answers.group)};
  return nullptr;
}

/// The error of an exec with `size` bytes of arguments, in pieces of 64 KiB; 0 for none.
int error_of_arguments(const Leaf& leaf, std::size_t size, std::vector<char*>& environment) {
  constexpr std::size_t kPiece = 64 * 1024;
  std::vector<std::string> pieces(1, "load_leaf");
  for (; size > kPiece; size -= kPiece) pieces.emplace_back(kPiece, 'x');
  pieces.emplace_back(size, 'x');
  std::vector<char*> arguments;
  for (std::string& piece : pieces) arguments.push_back(piece.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, leaf.path(), nullptr, nullptr, arguments.data(), environment.data());
  if (error == 0) status_of(pid);
  return error;
}

}  // namespace

json use_a_small_stack(int count) {
  const Leaf leaf;
  SmallStack stack;
  json rounds = json::array();
  for (int i = 0; i < count; ++i) {
    Answers answers{.leaf = leaf};
    answers.plain = start_waiting(false, 0);
    answers.marked = start_waiting(true, 0);
    answers.group = start_waiting(true, 0);
    stack.run(use_hooks, &answers);
    rounds.push_back({{"spawned", answers.spawned},
                      {"executed", answers.executed},
                      {"killed", answers.killed},
                      {"statuses", answers.statuses}});
  }
  return {{"same", rounds}};
}

json argument_limit(int count) {
  const Leaf leaf;
  json limits = json::array();
  for (int entries = 0; entries <= count; entries += count) {
    std::vector<std::string> texts;
    for (int i = 0; i < entries; ++i) texts.push_back("ENTRY" + std::to_string(i) + "=value");
    std::vector<char*> environment;
    for (std::string& text : texts) environment.push_back(text.data());
    environment.push_back(nullptr);
    std::size_t good = 0;
    std::size_t bad = std::size_t{16} << 20U;
    while (bad - good > 1) {
      const std::size_t middle = good + (bad - good) / 2;
      (error_of_arguments(leaf, middle, environment) == 0 ? good : bad) = middle;
    }
    limits.push_back({{"most_bytes", good}, {"error", error_of_arguments(leaf, bad, environment)}});
  }
  return {{"same", limits}};
}

json large_environment(int count) {
  const std::string value(1000, 'v');
  for (int i = 0; i < count; ++i) {
    setenv(("LARGE" + std::to_string(i)).c_str(), value.c_str(), 1);
  }
  const std::string command = "test $(env | grep -c ^LARGE) = " + std::to_string(count);
  const Leaf leaf;
  const int spawned = leaf.run();
  return {{"same", {{"system", system(command.c_str())}, {"spawned", without_carried(spawned)}}},
          {"carried", was_carried(spawned)}};
}

}  // namespace load
