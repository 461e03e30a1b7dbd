// SPDX-License-Identifier: MIT
#include "shim/session/counters_mailbox.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>
#include <thread>
#include <vector>

#include "shim/proc/kernel.h"

namespace covenv {
namespace {

constexpr std::int64_t kSecond = 1000000000;
/// Longer than any test, so that a wait that is over was ended by something else.
constexpr std::int64_t kLong = 600 * kSecond;
constexpr std::int64_t kShort = kSecond / 50;

std::int64_t in(std::int64_t nanoseconds) { return kKernel.now() + nanoseconds; }

/// In memory that a forked child shares.
class CountersMailboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    void* const memory = mmap(nullptr, sizeof(CountersMailbox), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    mailbox_ = new (memory) CountersMailbox{};
  }

  void TearDown() override { munmap(mailbox_, sizeof(CountersMailbox)); }

  /// Serves what has been asked, once the bell has been rung after `rings`.
  std::vector<pid_t> serve_after(std::uint32_t rings) {
    mailbox_->wait(rings);
    std::vector<pid_t> asked;
    mailbox_->serve({.context = &asked, .answer = [](void* context, const CountersQuestion& it) {
                       static_cast<std::vector<pid_t>*>(context)->push_back(it.pid);
                       return it.signal == 9 ? CountersFate::kSaved : CountersFate::kEarly;
                     }});
    return asked;
  }

  CountersMailbox* mailbox_ = nullptr;
};

TEST_F(CountersMailboxTest, AnswerIsThatOfTheQuestion) {
  for (const int signal : {9, 15}) {
    const std::uint32_t rings = mailbox_->rings();
    std::thread server([&] { EXPECT_EQ(serve_after(rings), std::vector<pid_t>{47}); });
    EXPECT_EQ(mailbox_->ask({.pid = 47, .signal = signal, .start_time = 1}, in(kLong)),
              signal == 9 ? CountersFate::kSaved : CountersFate::kEarly);
    server.join();
  }
}

TEST_F(CountersMailboxTest, WaitIsBoundedAndLeavesTheMailboxFree) {
  for (std::size_t i = 0; i < 2 * CountersMailbox::kQuestions; ++i) {
    EXPECT_EQ(mailbox_->ask({.pid = 1, .signal = 9}, in(kShort)), std::nullopt);
  }
  const std::uint32_t rings = mailbox_->rings();
  std::thread server([&] { EXPECT_EQ(serve_after(rings), std::vector<pid_t>{48}); });
  EXPECT_EQ(mailbox_->ask({.pid = 48, .signal = 9}, in(kLong)), CountersFate::kSaved);
  server.join();
}

TEST_F(CountersMailboxTest, AnswerThatComesTooLateIsForNobody) {
  std::atomic<bool> has_given_up = false;
  std::thread server([&] {
    mailbox_->wait(0);
    mailbox_->serve(
        {.context = &has_given_up, .answer = [](void* context, const CountersQuestion&) {
           while (!*static_cast<std::atomic<bool>*>(context)) std::this_thread::yield();
           return CountersFate::kSaved;
         }});
  });
  EXPECT_EQ(mailbox_->ask({.pid = 1, .signal = 9}, in(kShort)), std::nullopt);
  has_given_up = true;
  server.join();
  const std::uint32_t rings = mailbox_->rings();
  std::thread second([&] { EXPECT_EQ(serve_after(rings), std::vector<pid_t>{2}); });
  EXPECT_EQ(mailbox_->ask({.pid = 2, .signal = 15}, in(kLong)), CountersFate::kEarly);
  second.join();
}

TEST_F(CountersMailboxTest, DeadAskersLeaveRoom) {
  std::vector<pid_t> children;
  for (std::size_t i = 0; i < CountersMailbox::kQuestions; ++i) {
    const std::uint32_t rings = mailbox_->rings();
    const pid_t child = fork();
    if (child == 0) {
      mailbox_->ask({.pid = 1, .signal = 9}, in(kSecond));
      _exit(0);
    }
    children.push_back(child);
    mailbox_->wait(rings);  // until the question is there
  }
  for (const pid_t child : children) kill(child, SIGKILL);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  std::atomic<bool> is_answered = false;
  std::thread server([&] {
    while (!is_answered) serve_after(mailbox_->rings());
  });
  EXPECT_EQ(mailbox_->ask({.pid = 48, .signal = 9}, in(kLong)), CountersFate::kSaved);
  is_answered = true;
  mailbox_->ring();
  server.join();
}

}  // namespace
}  // namespace covenv
