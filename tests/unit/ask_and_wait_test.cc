// SPDX-License-Identifier: MIT
#include "shim/proc/ask_and_wait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "fake_kernel.h"
#include "shim/core/ask_protocol.h"
#include "shim/core/duration.h"

namespace covenv {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using testing::FakeWorld;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::kMillisecond;
using testing::Sent;
using ::testing::SizeIs;

constexpr pid_t kPid = 42;
constexpr std::int64_t kGrace = 1000 * kMillisecond;

/// Tests that run twice: on a kernel with pidfds, and on one without.
class TeardownTest : public ::testing::TestWithParam<bool> {
 protected:
  TeardownTest() {
    if (!has_pidfds()) world.pidfd_error = -ENOSYS;
  }

  static bool has_pidfds() { return GetParam(); }

  Target held(pid_t pid) {
    Target target;
    EXPECT_TRUE(hold(world.kernel(), pid, target));
    target.ending = {.kind = EndingKind::kTerminateThenKill, .ask_with = SIGTERM};
    return target;
  }

  std::int64_t ask_and_wait(std::span<Target> targets, std::int64_t grace_ns = kGrace) {
    covenv::ask_and_wait(world.kernel(), targets, grace_ns);
    return world.clock - start;
  }

  std::int64_t ask_and_wait(Target& target, std::int64_t grace_ns = kGrace) {
    return ask_and_wait({&target, 1}, grace_ns);
  }

  FakeWorld world;
  const std::int64_t start = world.clock;
};

INSTANTIATE_TEST_SUITE_P(Pidfds, TeardownTest, ::testing::Bool(),
                         [](const auto& row) { return row.param ? "Pidfd" : "Polling"; });

TEST_P(TeardownTest, AsksWithTheSignalOfTheEnding) {
  world.processes[kPid] = {.ends_after_ask = 0};
  Target target = held(kPid);
  target.ending.ask_with = SIGINT;
  ask_and_wait(target);
  EXPECT_THAT(world.sent, ElementsAre(Sent{start, kPid, SIGINT, has_pidfds()}));
  EXPECT_TRUE(target.asked);
  EXPECT_TRUE(target.ended);
}

class FamilyTest : public TeardownTest {
 protected:
  FamilyTest() {
    for (const pid_t pid : {kPid, kPid + 1, kPid + 2}) {
      world.processes[pid] = {.ends_after_ask = 10 * kMillisecond};
    }
  }

  /// A grandparent, a parent and a child, in this order.
  std::vector<Target> family() {
    std::vector<Target> targets = {held(kPid), held(kPid + 1), held(kPid + 2)};
    targets[1].parent = kPid;
    targets[2].parent = kPid + 1;
    return targets;
  }

  std::vector<pid_t> asked_in_order() const {
    std::vector<pid_t> pids;
    for (const Sent& sent : world.sent) pids.push_back(sent.pid);
    return pids;
  }
};

INSTANTIATE_TEST_SUITE_P(Pidfds, FamilyTest, ::testing::Bool(),
                         [](const auto& row) { return row.param ? "Pidfd" : "Polling"; });

TEST_P(FamilyTest, ChildrenEndBeforeTheirParentsAreAsked) {
  std::vector<Target> targets = family();
  EXPECT_LT(ask_and_wait(targets), kGrace / 2);
  EXPECT_THAT(asked_in_order(), ElementsAre(kPid + 2, kPid + 1, kPid));
  EXPECT_THAT(targets, Each(Field(&Target::ended, true)));
  EXPECT_GE(world.sent[1].when, world.sent[0].when + 10 * kMillisecond);
}

TEST_P(FamilyTest, AChildThatNeverEndsLeavesItsParentsTheRestOfTheGrace) {
  world.processes[kPid + 2].ends_after_ask = testing::kNever;
  std::vector<Target> targets = family();
  EXPECT_EQ(ask_and_wait(targets), kGrace);
  EXPECT_THAT(asked_in_order(), ElementsAre(kPid + 2, kPid + 1, kPid));
  EXPECT_TRUE(targets[0].ended);
  EXPECT_TRUE(targets[1].ended);
  EXPECT_FALSE(targets[2].ended);
}

TEST_P(FamilyTest, AChildWithTimeOfItsOwnTakesNoneOfItsParents) {
  world.processes[kPid + 2].ends_after_ask = testing::kNever;
  std::vector<Target> targets = family();
  targets[2].own_grace_ns = 5 * kGrace;
  EXPECT_EQ(ask_and_wait(targets), 5 * kGrace);
  EXPECT_THAT(asked_in_order(), ElementsAre(kPid + 2, kPid + 1, kPid));
  EXPECT_LT(world.sent[2].when, start + kGrace);
  EXPECT_TRUE(targets[0].ended);
  EXPECT_TRUE(targets[1].ended);
}

TEST_P(FamilyTest, TimesOfTheirOwnRunAtOnce) {
  std::vector<Target> targets = family();
  for (Target& target : targets) {
    world.processes[target.pid].ends_after_ask = testing::kNever;
    target.parent = 0;
    target.own_grace_ns = 3 * kGrace;
  }
  EXPECT_EQ(ask_and_wait(targets), 3 * kGrace);
}

TEST_P(FamilyTest, SiblingsAreAskedAtOnce) {
  std::vector<Target> targets = family();
  targets[2].parent = kPid;
  ask_and_wait(targets);
  EXPECT_THAT(asked_in_order(), ElementsAre(kPid + 1, kPid + 2, kPid));
  EXPECT_EQ(world.sent[0].when, world.sent[1].when);
}

TEST_P(TeardownTest, ContinuesAStoppedProcessAfterAskingIt) {
  world.processes[kPid] = {.ends_after_ask = 5 * kMillisecond, .is_stopped = true};
  Target target = held(kPid);
  target.ending.then_continue = true;
  EXPECT_LT(ask_and_wait(target), kGrace);
  EXPECT_THAT(world.sent, ElementsAre(Sent{start, kPid, SIGTERM, has_pidfds()},
                                      Sent{start, kPid, SIGCONT, has_pidfds()}));
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, WaitsAsLongAsTheTargetHasAskedFor) {
  world.processes[kPid] = {.ends_after_ask = 3 * kGrace};
  Target target = held(kPid);
  target.own_grace_ns = 4 * kGrace;
  EXPECT_LE(ask_and_wait(target), 3 * kGrace + 2 * kMillisecond);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, ReturnsAsSoonAsTheProcessHasEnded) {
  world.processes[kPid] = {.ends_after_ask = 30 * kMillisecond};
  Target target = held(kPid);
  const std::int64_t took = ask_and_wait(target);
  EXPECT_GE(took, 30 * kMillisecond);
  EXPECT_LE(took, has_pidfds() ? 30 * kMillisecond : 32 * kMillisecond);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, NoticesAZombieAsEnded) {
  world.processes[kPid] = {.ends_after_ask = 30 * kMillisecond, .stays_as_zombie = true};
  Target target = held(kPid);
  EXPECT_LE(ask_and_wait(target), 32 * kMillisecond);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, WaitsExactlyTheGraceForOneThatStays) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target), kGrace);
  EXPECT_TRUE(target.asked);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, NeverSendsSigkillItself) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  ask_and_wait(target);
  EXPECT_THAT(world.sent, Each(Field(&Sent::signal, SIGTERM)));
}

TEST_P(TeardownTest, SendsNothingOnceTheAskIsOut) {
  world.processes[kPid] = {.is_stopped = true};
  Target target = held(kPid);
  target.ending.then_continue = true;
  ask_and_wait(target);
  EXPECT_THAT(world.sent, Each(Field(&Sent::when, start)));
}

TEST_P(TeardownTest, OneThatEndsAtTheDeadlineHasEnded) {
  world.processes[kPid] = {.ends_after_ask = kGrace};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target), kGrace);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, OneThatEndsANanosecondLaterHasNot) {
  world.processes[kPid] = {.ends_after_ask = kGrace + 1};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target), kGrace);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, GraceThatIsNoMultipleOfThePollIntervalIsKept) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target, 3 * kMillisecond + 1), 3 * kMillisecond + 1);
}

TEST_P(TeardownTest, WithoutGraceAsksAndDoesNotWait) {
  world.processes[kPid] = {.ends_after_ask = 1};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target, 0), 0);
  EXPECT_THAT(world.sent, SizeIs(1));
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, WithoutGraceStillNoticesOneThatEndedAtOnce) {
  world.processes[kPid] = {.ends_after_ask = 0};
  Target target = held(kPid);
  ask_and_wait(target, 0);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, GraceBeyondTheEndOfTimeDoesNotOverflow) {
  world.processes[kPid] = {.ends_after_ask = 10 * kMillisecond};
  Target target = held(kPid);
  EXPECT_LE(ask_and_wait(target, kForever), 12 * kMillisecond);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, WithoutAClockThereIsNoGrace) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  world.has_clock = false;
  EXPECT_EQ(ask_and_wait(target), 0);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, OneThatCannotBeReadAnyMoreHasNotEnded) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  world.open_error = -EMFILE;
  world.open_fails_at = start + kMillisecond;
  EXPECT_EQ(ask_and_wait(target), kGrace);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, SignalsToTheCallerDoNotShortenTheGrace) {
  for (int i = 1; i < 40; ++i)
    world.signals.push_back(start + std::int64_t{i} * 7 * kMillisecond + 1);
  world.processes[kPid] = {};
  Target target = held(kPid);
  EXPECT_EQ(ask_and_wait(target), kGrace);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, SignalsToTheCallerDoNotHideTheEnd) {
  world.signals = {start + kMillisecond, start + 2 * kMillisecond, start + 299 * kMillisecond};
  world.processes[kPid] = {.ends_after_ask = 300 * kMillisecond};
  Target target = held(kPid);
  const std::int64_t took = ask_and_wait(target);
  EXPECT_GE(took, 300 * kMillisecond);
  EXPECT_LE(took, 302 * kMillisecond);
  EXPECT_TRUE(target.ended);
}

TEST_P(TeardownTest, AsksAllBeforeItAwaitsAny) {
  for (pid_t pid = 1; pid <= 5; ++pid)
    world.processes[pid] = {.ends_after_ask = 100 * kMillisecond};
  std::vector<Target> targets;
  for (pid_t pid = 1; pid <= 5; ++pid) targets.push_back(held(pid));
  ask_and_wait(targets);
  EXPECT_THAT(world.sent, SizeIs(5));
  EXPECT_THAT(world.sent, Each(Field(&Sent::when, start)));
  EXPECT_THAT(targets, Each(Field(&Target::ended, true)));
}

TEST_P(TeardownTest, TwentyCostTheLongestAndNotTheSum) {
  std::vector<Target> targets;
  for (pid_t pid = 1; pid <= 20; ++pid) {
    world.processes[pid] = {.ends_after_ask = std::int64_t{21 - pid} * 10 * kMillisecond};
    targets.push_back(held(pid));
  }
  EXPECT_LE(ask_and_wait(targets), 202 * kMillisecond);
  EXPECT_THAT(targets, Each(Field(&Target::ended, true)));
}

TEST_P(TeardownTest, TwentyThatStayCostOneGrace) {
  std::vector<Target> targets;
  for (pid_t pid = 1; pid <= 20; ++pid) {
    world.processes[pid] = {};
    targets.push_back(held(pid));
  }
  EXPECT_EQ(ask_and_wait(targets), kGrace);
  EXPECT_THAT(targets, Each(Field(&Target::ended, false)));
}

TEST_P(TeardownTest, OneThatStaysDoesNotHideThatAnotherEnded) {
  world.processes[1] = {};
  world.processes[2] = {.ends_after_ask = 10 * kMillisecond};
  std::vector<Target> targets = {held(1), held(2)};
  EXPECT_EQ(ask_and_wait(targets), kGrace);
  EXPECT_FALSE(targets[0].ended);
  EXPECT_TRUE(targets[1].ended);
}

TEST_P(TeardownTest, OneThatMayNotBeAskedIsNotAwaited) {
  world.processes[kPid] = {.ask_error = -EPERM};
  Target target = held(kPid);
  target.ending.then_continue = true;
  EXPECT_EQ(ask_and_wait(target), 0);
  EXPECT_FALSE(target.asked);
  EXPECT_THAT(world.sent, IsEmpty());
}

TEST_P(TeardownTest, OneThatIsGoneIsNotAsked) {
  world.processes[kPid] = {};
  Target target = held(kPid);
  world.processes.clear();
  EXPECT_EQ(ask_and_wait(target), 0);
  EXPECT_FALSE(target.asked);
}

TEST_P(TeardownTest, TheNextProcessOfThatPidIsNotSignalled) {
  world.processes[kPid] = {.start_time = 1000};
  Target target = held(kPid);
  world.processes[kPid] = {.start_time = 2000};
  target.ending.then_continue = true;
  EXPECT_EQ(ask_and_wait(target), 0);
  EXPECT_THAT(world.sent, IsEmpty());
  EXPECT_FALSE(target.asked);
}

TEST_P(TeardownTest, NobodyToAskTakesNoTime) { EXPECT_EQ(ask_and_wait(std::span<Target>()), 0); }

TEST_P(TeardownTest, LettingGoLeavesNoDescriptorOpen) {
  world.processes[kPid] = {.ends_after_ask = kMillisecond};
  Target target = held(kPid);
  ask_and_wait(target);
  let_go(world.kernel(), target);
  EXPECT_EQ(world.open_descriptors(), 0U);
  let_go(world.kernel(), target);
}

TEST_P(TeardownTest, HoldsWithTheStartTime) {
  world.processes[kPid] = {.start_time = 777};
  const Target target = held(kPid);
  EXPECT_EQ(target.pid, kPid);
  EXPECT_EQ(target.start_time, 777U);
  EXPECT_EQ(target.pidfd >= 0, has_pidfds());
  EXPECT_FALSE(target.asked);
  EXPECT_FALSE(target.ended);
}

TEST_P(TeardownTest, DoesNotHoldWhatDoesNotExist) {
  Target target;
  EXPECT_FALSE(hold(world.kernel(), kPid, target));
  EXPECT_EQ(world.open_descriptors(), 0U);
}

TEST_P(TeardownTest, AZombieIsNotReaped) {
  world.processes[kPid] = {.ends_after_ask = 0, .stays_as_zombie = true};
  Target target = held(kPid);
  ask_and_wait(target);
  EXPECT_TRUE(target.ended);
  EXPECT_FALSE(is_reaped(world.kernel(), target));
}

TEST_P(TeardownTest, OneThatIsGoneIsReapedWhoeverHasItsPidNow) {
  world.processes[kPid] = {.start_time = 1000};
  const Target target = held(kPid);
  world.processes[kPid] = {.start_time = 2000};
  EXPECT_TRUE(is_reaped(world.kernel(), target));
  world.processes.clear();
  EXPECT_TRUE(is_reaped(world.kernel(), target));
}

TEST(Hold, TakesThePidfdBeforeItLooks) {
  FakeWorld world;
  world.processes[kPid] = {};
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  EXPECT_THAT(world.calls, ElementsAre("pidfd_open 42", "open /proc/42/stat"));
}

TEST(Hold, ForgetsWhatTheTargetHeldBefore) {
  FakeWorld world;
  world.processes[kPid] = {};
  Target target;
  target.asked = true;
  target.ended = true;
  target.ending.ask_with = SIGINT;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  EXPECT_FALSE(target.asked);
  EXPECT_FALSE(target.ended);
  EXPECT_EQ(target.ending.ask_with, 0);
}

TEST(Hold, LetsGoOfWhatItCannotLookAt) {
  FakeWorld world;
  world.processes[kPid] = {};
  world.files["/proc/42/stat"] = "garbage";
  Target target;
  EXPECT_FALSE(hold(world.kernel(), kPid, target));
  EXPECT_EQ(world.open_descriptors(), 0U);
}

class NotHeldError : public ::testing::TestWithParam<int> {};

TEST_P(NotHeldError, MeansThatThereIsNothingToHold) {
  FakeWorld world;
  world.processes[kPid] = {};
  world.pidfd_error = GetParam();
  Target target;
  EXPECT_FALSE(hold(world.kernel(), kPid, target));
}

INSTANTIATE_TEST_SUITE_P(Errors, NotHeldError, ::testing::Values(-ESRCH, -EINVAL, -ENOENT));

class HeldByStartTimeError : public ::testing::TestWithParam<int> {};

TEST_P(HeldByStartTimeError, LeavesTheStartTimeToHoldBy) {
  FakeWorld world;
  world.processes[kPid] = {.start_time = 777};
  world.pidfd_error = GetParam();
  Target target;
  EXPECT_TRUE(hold(world.kernel(), kPid, target));
  EXPECT_LT(target.pidfd, 0);
  EXPECT_EQ(target.start_time, 777U);
}

INSTANTIATE_TEST_SUITE_P(Errors, HeldByStartTimeError,
                         ::testing::Values(-ENOSYS, -EPERM, -EACCES, -EMFILE, -ENFILE, -ENOMEM));

TEST(Teardown, AnErrorOfTheWaitEndsItWithoutAnEnd) {
  FakeWorld world;
  world.processes[kPid] = {};
  world.wait_error = -ENOMEM;
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  target.ending.ask_with = SIGTERM;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_TRUE(target.asked);
  EXPECT_FALSE(target.ended);
  EXPECT_EQ(world.waits, 1U);
}

// If the main thread calls pthread_exit(), /proc calls the whole process a zombie.
TEST(Teardown, WithoutPidfdsOneOfWhichOnlyTheLeaderIsGoneHasNotEnded) {
  FakeWorld world;
  world.pidfd_error = -ENOSYS;
  world.processes[kPid] = {.ends_after_ask = 0, .stays_as_zombie = true, .threads = 2};
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  target.ending = {.kind = EndingKind::kTerminateThenKill, .ask_with = SIGTERM};
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_FALSE(target.ended);
}

TEST(Teardown, ContinuesAWrapperThatStopsAfterItWasLookedAt) {
  FakeWorld world;
  world.processes[kPid] = {.ends_after_ask = 3 * kMillisecond, .is_stopped = true};
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  target.ending = {.kind = EndingKind::kTerminateThenKill, .ask_with = SIGTERM};
  world.files["/proc/42/status"] =
      "State:\tT (stopped)\nTgid:\t42\nPPid:\t1\nTracerPid:\t0\nThreads:\t1\nSigBlk:\t0\n"
      "SigIgn:\t0\nSigCgt:\t0\n";
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_TRUE(target.ended);
}

TEST(Teardown, WithAPidfdDoesNotPoll) {
  FakeWorld world;
  world.processes[kPid] = {.ends_after_ask = 500 * kMillisecond};
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  target.ending.ask_with = SIGTERM;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_EQ(world.sleeps, 0U);
}

TEST(Teardown, WithoutAPidfdANewProcessOfThatPidMeansTheEnd) {
  FakeWorld world;
  world.pidfd_error = -ENOSYS;
  world.processes[kPid] = {.start_time = 1000};
  Target target;
  ASSERT_TRUE(hold(world.kernel(), kPid, target));
  target.ending.ask_with = SIGTERM;
  world.processes[kPid].reused_at = world.clock + 10 * kMillisecond;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_TRUE(target.ended);
  EXPECT_LE(world.clock, world.processes[kPid].reused_at + 2 * kMillisecond);
}

/// A target whose saver is asked, and the status file by which it shows that it listens.
class AskTheSaver : public ::testing::Test {
 protected:
  AskTheSaver() {
    world.processes[kPid] = {};
    listen(true);
    EXPECT_TRUE(hold(world.kernel(), kPid, target));
    target.ending = {.kind = EndingKind::kSaveThenDie, .ask_with = SIGTERM};
  }

  void listen(bool is_listening, const char* state = "S (sleeping)") {
    world.files["/proc/42/status"] =
        std::string("State:\t") + state +
        std::string(
            "\nTgid:\t42\nPPid:\t1\nTracerPid:\t0\nThreads:\t1\n"
            "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n") +
        (is_listening ? "SigCgt:\t0500000000400000\n" : "SigCgt:\t0000000000000000\n");
  }

  FakeWorld world;
  Target target;
};

TEST_F(AskTheSaver, SendsWhatToDieOf) {
  world.processes[kPid].ends_after_ask = 3 * kMillisecond;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_TRUE(target.ended);
  EXPECT_THAT(world.sent, ElementsAre(Sent{5'000'000'000, kPid, SIGURG, true, ask_value(SIGTERM)}));
}

TEST_F(AskTheSaver, AsksNobodyWhoDoesNotListen) {
  listen(false);
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_FALSE(target.asked);
  EXPECT_THAT(world.sent, IsEmpty());
}

TEST_F(AskTheSaver, WaitsTheGraceForOneThatListens) {
  const std::int64_t start = world.clock;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_FALSE(target.ended);
  EXPECT_EQ(world.clock - start, kGrace);
}

// The ask is repeated, because SIGURG does not queue: ours is lost while another SIGURG is pending.
TEST_F(AskTheSaver, AsksAgainWhileItWaits) {
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_GT(world.sent.size(), 10U);
}

TEST_F(AskTheSaver, ContinuesOneThatStopsAfterItWasLookedAt) {
  for (const int error : {0, -ENOSYS}) {
    world.pidfd_error = error;
    world.processes[kPid] = {.ends_after_ask = 3 * kMillisecond, .is_stopped = true};
    let_go(world.kernel(), target);
    ASSERT_TRUE(hold(world.kernel(), kPid, target));
    target.ending = {.kind = EndingKind::kSaveThenDie, .ask_with = SIGKILL};
    listen(true, "T (stopped)");
    const std::int64_t start = world.clock;
    ask_and_wait(world.kernel(), {&target, 1}, kGrace);
    EXPECT_TRUE(target.ended);
    EXPECT_LT(world.clock - start, kGrace / 10);
  }
}

TEST_F(AskTheSaver, LetsOneThatStopsKeepItsSigtermForLater) {
  world.processes[kPid] = {.ends_after_ask = 3 * kMillisecond, .is_stopped = true};
  listen(true, "T (stopped)");
  const std::int64_t start = world.clock;
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_FALSE(target.ended);
  EXPECT_LT(world.clock - start, kGrace / 10);
  EXPECT_EQ(world.sent.size(), 1U);
}

TEST_F(AskTheSaver, DoesNotWaitForAnotherProgram) {
  const std::int64_t start = world.clock;
  world.on_wait = [this] { listen(false); };
  ask_and_wait(world.kernel(), {&target, 1}, kGrace);
  EXPECT_FALSE(target.ended);
  EXPECT_LT(world.clock - start, kGrace / 10);
}

}  // namespace
}  // namespace covenv
