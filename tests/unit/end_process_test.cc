// SPDX-License-Identifier: MIT
#include "shim/kill/end_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "rooms_runtime.h"
#include "shim/core/ask_protocol.h"
#include "shim/state/confined.h"

namespace covenv {
namespace {

using testing::changeable_runtime;
using testing::RuntimeGuard;

constexpr int kAsked = 7;    // exit status of a child whose saver was asked
constexpr int kRefused = 5;  // the result of the original call

enum class Kind { kPlain, kWithSaver, kWithSaverIgnoresTerm };

void become(Kind kind) {
  if (kind == Kind::kPlain) return;
  for (const int mark : changeable_runtime().settings.signature) std::signal(mark, [](int) {});
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = [](int, siginfo_t* info, void*) {
    const auto value = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
    if (info->si_code == SI_QUEUE && asked_signal(value) != 0) _exit(kAsked);
  };
  sigaction(kAskSignal, &action, nullptr);
  if (kind == Kind::kWithSaverIgnoresTerm) std::signal(SIGTERM, SIG_IGN);
}

/// A child that waits for a signal, in the group of `leader` (0: a group of its own).
class Child {
 public:
  explicit Child(Kind kind, pid_t leader = 0) {
    int ready[2] = {};
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, leader);
      become(kind);
      if (write(ready[1], "r", 1) != 1) _exit(1);
      while (true) pause();
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  ~Child() {
    if (is_waited_for_) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  int status() {
    int status = 0;
    is_waited_for_ = true;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    return status;
  }
  bool is_running() const { return waitpid(pid_, nullptr, WNOHANG) == 0; }

 private:
  pid_t pid_ = 0;
  bool is_waited_for_ = false;
};

/// Calls end_process() with an original call that only counts its calls, and fails with EPERM.
class EndProcess : public ::testing::Test {
 protected:
  int end(const Goal& goal, int signal) {
    return end_process(goal, signal, [this] {
      ++calls_;
      errno = EPERM;
      return kRefused;
    });
  }

  RuntimeGuard runtime_;
  int calls_ = 0;
};

TEST_F(EndProcess, AsksAProcessThatHasASaver) {
  Child child(Kind::kWithSaver);
  errno = EDOM;
  EXPECT_EQ(end(goal_of_kill(child.pid()), SIGKILL), 0);
  EXPECT_EQ(errno, EDOM);
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(WEXITSTATUS(child.status()), kAsked);
}

TEST_F(EndProcess, MakesTheOriginalCallForAPlainProcess) {
  const Child child(Kind::kPlain);
  errno = 0;
  EXPECT_EQ(end(goal_of_kill(child.pid()), SIGKILL), kRefused);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(child.is_running());
}

TEST_F(EndProcess, AsksForAnyThreadOfTheProcess) {
  Child child(Kind::kWithSaver);
  EXPECT_EQ(end(goal_of_tgkill(child.pid(), child.pid()), SIGTERM), 0);
  EXPECT_EQ(WEXITSTATUS(child.status()), kAsked);
}

TEST_F(EndProcess, AsksNoProcessOfAnotherNumberThanTheThreads) {
  const Child child(Kind::kWithSaver);
  EXPECT_EQ(end(goal_of_tgkill(child.pid() + 1, child.pid()), SIGTERM), kRefused);
  EXPECT_TRUE(child.is_running());
}

TEST_F(EndProcess, AsksTheMembersOfAGroupThatHaveASaverAndEndsTheOthersMeanwhile) {
  Child plain(Kind::kPlain);
  Child asked(Kind::kWithSaver, plain.pid());
  EXPECT_EQ(end(goal_of_kill(-plain.pid()), SIGKILL), kRefused);
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(WEXITSTATUS(asked.status()), kAsked);
  EXPECT_EQ(WTERMSIG(plain.status()), SIGKILL);
}

struct PassCase {
  const char* name;
  int signal;
  Kind kind;
  void (*prepare)();
};

class EndProcessPasses : public EndProcess, public ::testing::WithParamInterface<PassCase> {
 protected:
  ~EndProcessPasses() override { set_confined(false); }
};

TEST_P(EndProcessPasses, AndTheProcessRunsOn) {
  const Child child(GetParam().kind);
  GetParam().prepare();
  EXPECT_EQ(end(goal_of_kill(child.pid()), GetParam().signal), kRefused);
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(child.is_running());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, EndProcessPasses,
    ::testing::Values(
        PassCase{"ASignalThatEndsNothing", SIGCHLD, Kind::kWithSaver, [] {}},
        PassCase{"ASignalThatTheProcessIgnores", SIGTERM, Kind::kWithSaverIgnoresTerm, [] {}},
        PassCase{"WithCovenvKillOff", SIGKILL, Kind::kWithSaver,
                 [] { changeable_runtime().settings.kill = KillMode::kOff; }},
        PassCase{"WithAnotherSignature", SIGKILL, Kind::kWithSaver,
                 [] {
                   changeable_runtime().settings.signature = {{40, 42}, 2};
                 }},
        PassCase{"InAnInertProcess", SIGKILL, Kind::kWithSaver,
                 [] { changeable_runtime().inert = true; }},
        PassCase{"InAConfinedProcess", SIGKILL, Kind::kWithSaver, [] { set_confined(true); }}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Goal, OfKillIsAProcessOrAGroup) {
  EXPECT_EQ(goal_of_kill(5).aim, Aim::kProcess);
  EXPECT_EQ(goal_of_kill(-5).aim, Aim::kGroup);
  EXPECT_EQ(goal_of_kill(-5).id, 5);
  EXPECT_EQ(goal_of_kill(0).aim, Aim::kGroup);
  EXPECT_EQ(goal_of_kill(-1).aim, Aim::kProcess);
  EXPECT_EQ(goal_of_kill(INT_MIN).aim, Aim::kProcess);
}

}  // namespace
}  // namespace covenv
