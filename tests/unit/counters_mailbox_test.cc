// SPDX-License-Identifier: MIT
#include "shim/session/counters_mailbox.h"

#include <gmock/gmock.h>
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

using ::testing::ElementsAre;

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

  CountersMailbox* mailbox_ = nullptr;
};

/// Serves on a thread of its own as long as it lives. A signal 9 is answered by kSaved.
class Server {
 public:
  explicit Server(CountersMailbox& mailbox) : mailbox_(mailbox), thread_([this] { serve(); }) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { stop(); }

  /// Ends the server, and returns the processes whose counters it was asked to keep.
  const std::vector<pid_t>& stop() {
    stops_ = true;
    mailbox_.ring();
    if (thread_.joinable()) thread_.join();
    return asked_;
  }

 private:
  void serve() {
    while (!stops_) {
      const std::uint32_t rings = mailbox_.rings();
      mailbox_.serve({.context = &asked_, .answer = [](void* context, const CountersQuestion& it) {
                        static_cast<std::vector<pid_t>*>(context)->push_back(it.pid);
                        return it.signal == 9 ? CountersFate::kSaved : CountersFate::kEarly;
                      }});
      if (!stops_) mailbox_.wait(rings);
    }
  }

  CountersMailbox& mailbox_;
  std::atomic<bool> stops_ = false;
  std::vector<pid_t> asked_;
  std::thread thread_;
};

TEST_F(CountersMailboxTest, AnswerIsThatOfTheQuestion) {
  Server server(*mailbox_);
  EXPECT_EQ(mailbox_->ask({.pid = 47, .signal = 9}, in(kLong)), CountersFate::kSaved);
  EXPECT_EQ(mailbox_->ask({.pid = 48, .signal = 15}, in(kLong)), CountersFate::kEarly);
  EXPECT_THAT(server.stop(), ElementsAre(47, 48));
}

TEST_F(CountersMailboxTest, WaitIsBoundedAndAQuestionThatIsTooOldIsNotServed) {
  for (std::size_t i = 0; i < 2 * CountersMailbox::kQuestions; ++i) {
    EXPECT_EQ(mailbox_->ask({.pid = 1, .signal = 9}, in(kShort)), std::nullopt);
  }
  Server server(*mailbox_);
  EXPECT_EQ(mailbox_->ask({.pid = 48, .signal = 9}, in(kLong)), CountersFate::kSaved);
  EXPECT_THAT(server.stop(), ElementsAre(48));
}

TEST_F(CountersMailboxTest, AnswerThatComesTooLateIsForNobody) {
  for (std::size_t i = 0; i < 2 * CountersMailbox::kQuestions; ++i) {
    std::atomic<bool> has_given_up = false;
    const std::uint32_t rings = mailbox_->rings();
    std::thread server([&] {
      mailbox_->wait(rings);
      mailbox_->serve(
          {.context = &has_given_up, .answer = [](void* context, const CountersQuestion&) {
             while (!*static_cast<std::atomic<bool>*>(context)) std::this_thread::yield();
             return CountersFate::kSaved;
           }});
    });
    EXPECT_EQ(mailbox_->ask({.pid = 1, .signal = 9}, in(kShort)), std::nullopt);
    has_given_up = true;
    server.join();
  }
  Server server(*mailbox_);
  EXPECT_EQ(mailbox_->ask({.pid = 2, .signal = 15}, in(kLong)), CountersFate::kEarly);
  EXPECT_THAT(server.stop(), ElementsAre(2));
}

/// Each is killed while it waits. What they have asked may be answered.
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
  Server server(*mailbox_);
  EXPECT_EQ(mailbox_->ask({.pid = 48, .signal = 9}, in(kLong)), CountersFate::kSaved);
}

}  // namespace
}  // namespace covenv
