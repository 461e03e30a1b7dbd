// SPDX-License-Identifier: MIT
#include "shim/core/ending.h"

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <random>
#include <string>

namespace covenv {
namespace {

constexpr pid_t kCaller = 100;
constexpr pid_t kServer = 200;

constexpr std::uint64_t bit(int signal) {
  return std::uint64_t{1} << static_cast<unsigned>(signal - 1);
}

/// A child of the caller that is marked, catches TERM and INT, and has no saver.
TargetFacts measured_child() {
  TargetFacts facts;
  facts.caller = kCaller;
  facts.status.state = 'S';
  facts.status.group_leader = kServer;
  facts.status.parent = kCaller;
  facts.status.caught = bit(57) | bit(59) | bit(SIGTERM) | bit(SIGINT);
  return facts;
}

/// A child of the caller whose saver is armed. It catches INT, as every Python does.
TargetFacts saving_child() {
  TargetFacts facts = measured_child();
  facts.status.caught = bit(57) | bit(59) | bit(SIGURG) | bit(SIGINT);
  return facts;
}

class FatalSignal : public ::testing::TestWithParam<int> {};

TEST_P(FatalSignal, IsWhatASavingChildDiesOf) {
  const Ending ending = decide_ending(GetParam(), saving_child(), Settings());
  EXPECT_EQ(ending.kind, EndingKind::kSaveThenDie);
  EXPECT_EQ(ending.ask_with, GetParam());
  EXPECT_FALSE(ending.then_continue);
  EXPECT_EQ(ending.report_as_killed, GetParam() == SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(Signals, FatalSignal,
                         ::testing::Values(SIGKILL, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM,
                                           SIGABRT, SIGQUIT, SIGSEGV, SIGXCPU));

TEST_P(FatalSignal, MakesAMeasuredCallerSaveBeforeItSendsItToItself) {
  TargetFacts itself = saving_child();
  itself.status.group_leader = kCaller;
  EXPECT_EQ(decide_ending(GetParam(), itself, Settings()).kind, EndingKind::kSaveHere);
  itself.status.caught |= bit(GetParam() == SIGKILL ? SIGCHLD : GetParam());
  EXPECT_EQ(decide_ending(GetParam(), itself, Settings()).kind,
            GetParam() == SIGKILL ? EndingKind::kSaveHere : EndingKind::kPassThrough);
}

class HarmlessSignal : public ::testing::TestWithParam<int> {};

TEST_P(HarmlessSignal, PassesThroughToASavingChild) {
  EXPECT_EQ(decide_ending(GetParam(), saving_child(), Settings()).kind, EndingKind::kPassThrough);
}

INSTANTIATE_TEST_SUITE_P(Signals, HarmlessSignal,
                         ::testing::Values(0, -1, SIGINT, SIGCHLD, SIGCONT, SIGSTOP, SIGURG,
                                           SIGWINCH, 57, 64));

/// Tries random processes with random handlers, and every signal.
TEST(MayBeAsked, IsTrueOfEachThatIsAsked) {
  std::minstd_rand random(20261129);
  const auto either = [&] { return random() % 2 == 0; };
  int asked = 0;
  int passed = 0;
  for (int round = 0; round < 20000; ++round) {
    TargetFacts facts = either() ? saving_child() : measured_child();
    for (int flips = 0; flips < 3; ++flips)
      facts.status.caught ^= bit(1 + static_cast<int>(random() % 64));
    facts.status.is_called_sigforward = either();
    facts.is_wrapper = facts.status.is_called_sigforward && either();
    facts.is_measuring_runtime = either();
    Settings settings;
    if (either()) settings.kill = KillMode::kTerm;
    const int signal = either() ? SIGKILL : 1 + static_cast<int>(random() % 64);
    const bool is_asked = decide_ending(signal, facts, settings).kind != EndingKind::kPassThrough;
    if (is_asked) {
      ++asked;
      EXPECT_TRUE(may_be_asked(signal, facts.status, settings)) << signal;
    } else if (!may_be_asked(signal, facts.status, settings)) {
      ++passed;
    }
  }
  EXPECT_GT(asked, 1000);
  EXPECT_GT(passed, 1000);
}

TEST(Saving, IsNotCutShortByASecondKill) {
  TargetFacts facts = saving_child();
  facts.already_ending = true;
  const Ending ending = decide_ending(SIGKILL, facts, Settings());
  EXPECT_EQ(ending.kind, EndingKind::kSaveThenDie);
  EXPECT_FALSE(ending.report_as_killed);
}

TEST(Saving, LeavesAHandledSignalToItsHandler) {
  TargetFacts facts = saving_child();
  facts.status.caught |= bit(SIGTERM);
  EXPECT_EQ(decide_ending(SIGTERM, facts, Settings()).kind, EndingKind::kPassThrough);
}

TEST(Saving, LeavesAnIgnoredSignalIgnored) {
  TargetFacts facts = saving_child();
  facts.status.ignored |= bit(SIGTERM);
  EXPECT_EQ(decide_ending(SIGTERM, facts, Settings()).kind, EndingKind::kPassThrough);
}

TEST(Saving, LeavesASignalThatIsKeptForLater) {
  TargetFacts facts = saving_child();
  facts.keeps_signal = true;
  EXPECT_EQ(decide_ending(SIGTERM, facts, Settings()).kind, EndingKind::kPassThrough);
}

TEST(Saving, OfSigkillCannotBeBlocked) {
  TargetFacts facts = saving_child();
  facts.status.blocked = UINT64_MAX;
  facts.keeps_signal = true;
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).kind, EndingKind::kSaveThenDie);
}

TEST(Saving, IsForAProcessOfWhichOnlyTheLeaderIsGone) {
  TargetFacts facts = saving_child();
  facts.status.state = 'Z';
  facts.status.threads = 2;
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).kind, EndingKind::kSaveThenDie);
}

TEST(Saving, DoesNotWantToBeTheChildOfItsKiller) {
  TargetFacts facts = saving_child();
  facts.status.parent = 1;
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).kind, EndingKind::kSaveThenDie);
}

TEST(Saving, ContinuesAStoppedProcessToKillIt) {
  TargetFacts facts = saving_child();
  facts.status.state = 'T';
  EXPECT_TRUE(decide_ending(SIGKILL, facts, Settings()).then_continue);
}

TEST(Saving, LetsAStoppedProcessKeepItsSigtermForLater) {
  TargetFacts facts = saving_child();
  facts.status.state = 'T';
  EXPECT_EQ(decide_ending(SIGTERM, facts, Settings()).kind, EndingKind::kPassThrough);
}

TEST(Saving, GivesWayToTerminationOnDemand) {
  Settings settings;
  settings.kill = KillMode::kTerm;
  const Ending ending = decide_ending(SIGKILL, saving_child(), settings);
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_EQ(ending.ask_with, SIGINT);
}

TEST(Saving, IsTheFallBackWhereNoRungIsCaught) {
  Settings settings;
  settings.kill = KillMode::kTerm;
  TargetFacts facts = saving_child();
  facts.status.caught &= ~bit(SIGINT);
  EXPECT_EQ(decide_ending(SIGKILL, facts, settings).kind, EndingKind::kSaveThenDie);
}

TEST(Ending, OfARuntimeThatMeasuresIsTerminateThenKill) {
  TargetFacts facts = measured_child();
  facts.status.caught = bit(SIGTERM);
  facts.is_measuring_runtime = true;
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).kind, EndingKind::kTerminateThenKill);
  EXPECT_EQ(decide_ending(SIGTERM, facts, Settings()).kind, EndingKind::kPassThrough);
}

TEST(Ending, OfAMarkedChildWithoutASaverIsTerminateThenKill) {
  const Ending ending = decide_ending(SIGKILL, measured_child(), Settings());
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_EQ(ending.ask_with, SIGTERM);
  EXPECT_FALSE(ending.then_continue);
  EXPECT_TRUE(ending.report_as_killed);
}

TEST(Ending, OfAnAskThatIsNotCaughtIsTheNextRung) {
  TargetFacts facts = measured_child();
  facts.status.caught &= ~bit(SIGTERM);
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).ask_with, SIGINT);
}

TEST(Ending, FollowsTheOrderOfTheSettings) {
  Settings settings;
  ASSERT_FALSE(apply_setting(settings, "COVENV_SIGNALS=USR1,INT,TERM"));
  EXPECT_EQ(decide_ending(SIGKILL, measured_child(), settings).ask_with, SIGINT);
}

TEST(Ending, OfAStoppedProcessContinuesIt) {
  TargetFacts facts = measured_child();
  facts.status.state = 'T';
  const Ending ending = decide_ending(SIGKILL, facts, Settings());
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_TRUE(ending.then_continue);
}

TEST(Ending, OfSomebodyElsesChildIsNotReported) {
  TargetFacts facts = measured_child();
  facts.status.parent = 1;
  const Ending ending = decide_ending(SIGKILL, facts, Settings());
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_FALSE(ending.report_as_killed);
}

TEST(Ending, IsNotReportedWhereTheRealStatusIsWanted) {
  Settings settings;
  settings.real_status = true;
  const Ending ending = decide_ending(SIGKILL, measured_child(), settings);
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_FALSE(ending.report_as_killed);
}

class BusyState : public ::testing::TestWithParam<char> {};

TEST_P(BusyState, IsAsked) {
  TargetFacts facts = measured_child();
  facts.status.state = GetParam();
  EXPECT_EQ(decide_ending(SIGKILL, facts, Settings()).kind, EndingKind::kTerminateThenKill);
}

INSTANTIATE_TEST_SUITE_P(States, BusyState, ::testing::Values('R', 'S', 'D', 'T', 'I'));

struct PassRow {
  const char* name;
  std::function<void(TargetFacts&, Settings&)> change;
};

class PassesThrough : public ::testing::TestWithParam<PassRow> {};

TEST_P(PassesThrough, AndSendsNothingElse) {
  TargetFacts facts = measured_child();
  Settings settings;
  GetParam().change(facts, settings);
  const Ending ending = decide_ending(SIGKILL, facts, settings);
  EXPECT_EQ(ending.kind, EndingKind::kPassThrough);
  EXPECT_EQ(ending.ask_with, 0);
  EXPECT_FALSE(ending.then_continue);
  EXPECT_FALSE(ending.report_as_killed);
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, PassesThrough,
    ::testing::Values(
        PassRow{"KillOff",
                [](TargetFacts&, Settings& settings) { settings.kill = KillMode::kOff; }},
        PassRow{"Disabled", [](TargetFacts&, Settings& settings) { settings.disabled = true; }},
        PassRow{"NoRungs", [](TargetFacts&, Settings& settings) { settings.signals.count = 0; }},
        PassRow{"NoSignature",
                [](TargetFacts&, Settings& settings) { settings.signature.count = 0; }},
        PassRow{"SecondKill", [](TargetFacts& facts, Settings&) { facts.already_ending = true; }},
        PassRow{"Itself",
                [](TargetFacts& facts, Settings&) { facts.status.group_leader = kCaller; }},
        PassRow{"Traced", [](TargetFacts& facts, Settings&) { facts.status.state = 't'; }},
        PassRow{"TracedByTheCaller",
                [](TargetFacts& facts, Settings&) { facts.is_traced_by_caller = true; }},
        PassRow{"InitOfTheNamespace",
                [](TargetFacts& facts, Settings&) { facts.status.group_leader = 1; }},
        PassRow{"Zombie", [](TargetFacts& facts, Settings&) { facts.status.state = 'Z'; }},
        PassRow{"Dead", [](TargetFacts& facts, Settings&) { facts.status.state = 'X'; }},
        PassRow{"NotMeasured",
                [](TargetFacts& facts, Settings&) { facts.status.caught = bit(15) | bit(2); }},
        PassRow{"HalfASignature",
                [](TargetFacts& facts, Settings&) { facts.status.caught &= ~bit(59); }},
        PassRow{"CatchesAll",
                [](TargetFacts& facts, Settings&) { facts.status.caught = UINT64_MAX; }},
        PassRow{"CatchesTheOneBetween",
                [](TargetFacts& facts, Settings&) { facts.status.caught |= bit(58); }},
        PassRow{"CatchesTheOneBelow",
                [](TargetFacts& facts, Settings&) { facts.status.caught |= bit(56); }},
        PassRow{"CatchesTheOneAbove",
                [](TargetFacts& facts, Settings&) { facts.status.caught |= bit(60); }},
        PassRow{"CatchesNoRung",
                [](TargetFacts& facts, Settings&) { facts.status.caught &= ~(bit(15) | bit(2)); }}),
    [](const auto& row) { return std::string(row.param.name); });

/// A sigforward that the caller has started; it blocks every signal, and catches none.
TargetFacts wrapper() {
  TargetFacts facts = measured_child();
  facts.status.caught = 0;
  facts.status.blocked = ~std::uint64_t{0};
  facts.is_wrapper = true;
  return facts;
}

TEST(Wrapper, IsTerminatedBeforeItIsKilled) {
  const Ending ending = decide_ending(SIGKILL, wrapper(), Settings());
  EXPECT_EQ(ending.kind, EndingKind::kTerminateThenKill);
  EXPECT_EQ(ending.ask_with, SIGTERM);
  EXPECT_FALSE(ending.then_continue);
  EXPECT_TRUE(ending.report_as_killed);
}

TEST(Wrapper, ThatIsStoppedIsContinued) {
  TargetFacts stopped = wrapper();
  stopped.status.state = 'T';
  EXPECT_TRUE(decide_ending(SIGKILL, stopped, Settings()).then_continue);
}

TEST(Wrapper, OfAnotherParentIsNotReported) {
  TargetFacts stranger = wrapper();
  stranger.status.parent = 1;
  EXPECT_FALSE(decide_ending(SIGKILL, stranger, Settings()).report_as_killed);
}

TEST(Wrapper, IsNotReportedWhereTheRealStatusIsWanted) {
  Settings settings;
  settings.real_status = true;
  EXPECT_FALSE(decide_ending(SIGKILL, wrapper(), settings).report_as_killed);
}

TEST(Wrapper, GetsEverythingElseAsItIs) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGSTOP, 0}) {
    EXPECT_EQ(decide_ending(signal, wrapper(), Settings()).kind, EndingKind::kPassThrough);
  }
}

TEST(Wrapper, IsKilledAtOnceByASecondSignalOrWhereNoKillIsToWait) {
  TargetFacts again = wrapper();
  again.already_ending = true;
  EXPECT_EQ(decide_ending(SIGKILL, again, Settings()).kind, EndingKind::kPassThrough);
  Settings off;
  off.kill = KillMode::kOff;
  EXPECT_EQ(decide_ending(SIGKILL, wrapper(), off).kind, EndingKind::kPassThrough);
}

class OtherSignal : public ::testing::TestWithParam<int> {};

TEST_P(OtherSignal, PassesThrough) {
  EXPECT_EQ(decide_ending(GetParam(), measured_child(), Settings()).kind, EndingKind::kPassThrough);
}

INSTANTIATE_TEST_SUITE_P(Signals, OtherSignal,
                         ::testing::Values(0, SIGTERM, SIGINT, SIGSTOP, SIGHUP, 57, -1));

}  // namespace
}  // namespace covenv
