// SPDX-License-Identifier: MIT
#include "shim/saver/saver.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "rooms_runtime.h"
#include "shim/core/ask_protocol.h"
#include "shim/proc/process.h"
#include "shim/saver/saver_thread.h"
#include "shim/state/confined.h"

namespace covenv {
namespace {

using testing::changeable_runtime;

constexpr std::int64_t kSecond = 1'000'000'000;

bool is_marked() {
  ProcessStatus status;
  return read_status(kKernel, getpid(), status) &&
         has_signature(status, changeable_runtime().settings.signature) &&
         status.catches(kAskSignal);
}

/// Runs `test` in a child, because a saver changes its process; true if it returned 0.
bool holds_in_child(int (*test)()) {
  const pid_t child = fork();
  if (child == 0) _exit(test());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return status == 0;
}

TEST(Saver, IsShownByTheSignatureWhileItIsArmed) {
  EXPECT_TRUE(holds_in_child([] {
    if (is_marked() || is_saver_armed()) return 1;
    arm_saver(RuntimeKind::kPython);
    if (!is_marked() || !is_saver_armed()) return 2;
    disarm_saver();
    return is_marked() || is_saver_armed() ? 3 : 0;
  }));
}

TEST(Saver, IsNotArmedInAConfinedProcess) {
  EXPECT_TRUE(holds_in_child([] {
    set_confined(true);
    arm_saver(RuntimeKind::kPython);
    return is_marked() || is_saver_armed() ? 1 : 0;
  }));
}

TEST(Saver, LeavesAMarkToWhoeverCatchesItsSignalAlready) {
  EXPECT_TRUE(holds_in_child([] {
    const int signal = *changeable_runtime().settings.signature.begin();
    std::signal(signal, [](int) {});
    arm_saver(RuntimeKind::kPython);
    struct sigaction now = {};
    sigaction(signal, nullptr, &now);
    const auto before = now.sa_handler;
    disarm_saver();
    sigaction(signal, nullptr, &now);
    return now.sa_handler == before && before != SIG_DFL ? 0 : 1;
  }));
}

std::atomic<int> heard{0};

TEST(Saver, PassesTheProgramsOwnSignalOn) {
  EXPECT_TRUE(holds_in_child([] {
    std::signal(kAskSignal, [](int) { ++heard; });
    arm_saver(RuntimeKind::kPython);
    raise(kAskSignal);
    if (heard.load() != 1) return 1;
    struct sigaction own = {};
    own.sa_handler = [](int) { heard += 10; };
    struct sigaction before = {};
    if (set_application_action(&own, &before) != 0 || before.sa_handler == SIG_DFL) return 2;
    raise(kAskSignal);
    if (heard.load() != 11) return 3;
    disarm_saver();
    raise(kAskSignal);
    return heard.load() == 21 ? 0 : 4;
  }));
}

std::atomic<pid_t> ran_on{0};

TEST(SaverThread, RunsWhatItIsGivenAndCanBeUsedAgain) {
  EXPECT_TRUE(holds_in_child([] {
    if (!prepare_saver_thread()) return 1;
    for (int round = 0; round < 3; ++round) {
      ran_on.store(0);
      run_on_saver_thread([] { ran_on.store(gettid()); }, kSecond);
      if (ran_on.load() == 0 || ran_on.load() == gettid()) return 2;
    }
    return 0;
  }));
}

TEST(SaverThread, IsNotWaitedForLongerThanAllowed) {
  EXPECT_TRUE(holds_in_child([] {
    if (!prepare_saver_thread()) return 1;
    run_on_saver_thread(
        [] {
          ran_on.store(1);
          sleep(60);
          ran_on.store(2);
        },
        kSecond / 10);
    return ran_on.load() == 2 ? 2 : 0;
  }));
}

}  // namespace
}  // namespace covenv
