// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <signal.h>

#include <tuple>
#include <vector>

#include "shim/core/duration.h"
#include "wrapper/supervise/request/ladder.h"

namespace covenv::supervise {
namespace {

using Step = Escalation::Step;
using Steps = std::vector<std::tuple<std::int64_t, Step, int>>;

Ladder two(std::int64_t term, std::int64_t interrupt) {
  return {.rungs = {{{SIGTERM, term}, {SIGINT, interrupt}}}, .count = 2};
}

Ladder one(std::int64_t time) { return {.rungs = {{{SIGTERM, time}}}, .count = 1}; }

// Takes all steps up to the kill, each at the moment at which it is due.
Steps climb(Escalation& escalation) {
  Steps steps;
  for (int i = 0; i < 20 && escalation.next() != kForever; ++i) {
    const std::int64_t at = escalation.next();
    EXPECT_EQ(escalation.take(at - 1).step, Step::kNothing);
    const Escalation::Due due = escalation.take(at);
    if (due.step != Step::kNothing) steps.emplace_back(at, due.step, due.signal);
  }
  return steps;
}

TEST(Escalation, OneRungAsksTheRestAtHalfAndKillsAtTheEnd) {
  Escalation escalation(one(100));
  escalation.note_sent(SIGTERM);
  escalation.start(1000);
  EXPECT_EQ(climb(escalation), (Steps{{1050, Step::kAskRest, SIGTERM}, {1100, Step::kKill, 0}}));
}

TEST(Escalation, RungsComeInTheirTimes) {
  Escalation escalation(two(80, 20));
  escalation.note_sent(SIGTERM);
  escalation.start(0);
  EXPECT_EQ(
      climb(escalation),
      (Steps{{50, Step::kAskRest, SIGTERM}, {80, Step::kNextRung, SIGINT}, {100, Step::kKill, 0}}));
}

TEST(Escalation, ASignalFromOutsideStandsForTheFirstRung) {
  Escalation escalation(two(80, 20));
  escalation.note_sent(SIGINT);
  escalation.start(0);
  EXPECT_EQ(climb(escalation), (Steps{{50, Step::kAskRest, SIGTERM},
                                      {80, Step::kNextRung, SIGTERM},
                                      {100, Step::kKill, 0}}));
}

TEST(Escalation, WhatWasSentMeanwhileIsNotSentAgain) {
  Escalation escalation(two(80, 20));
  escalation.note_sent(SIGTERM);
  escalation.start(0);
  escalation.note_sent(SIGINT);
  EXPECT_EQ(climb(escalation), (Steps{{50, Step::kAskRest, SIGTERM}, {100, Step::kKill, 0}}));
}

TEST(Escalation, TheClockStartsOnce) {
  Escalation escalation(one(100));
  escalation.start(0);
  escalation.start(90);
  EXPECT_EQ(climb(escalation), (Steps{{50, Step::kAskRest, SIGTERM}, {100, Step::kKill, 0}}));
}

TEST(Escalation, BeforeTheStartNothingIsDue) {
  Escalation escalation(one(0));
  EXPECT_EQ(escalation.next(), kForever);
  EXPECT_EQ(escalation.take(5).step, Step::kNothing);
}

TEST(Escalation, AnEndlessGraceHasNoSteps) {
  Escalation escalation(one(kForever));
  escalation.start(1000);
  EXPECT_EQ(escalation.next(), kForever);
}

TEST(Escalation, NoGraceKillsAtOnce) {
  Escalation escalation(one(0));
  escalation.start(10);
  EXPECT_EQ(climb(escalation), (Steps{{10, Step::kAskRest, SIGTERM}, {10, Step::kKill, 0}}));
  EXPECT_EQ(escalation.next(), kForever);
}

TEST(Escalation, AfterTheKillNothingIsDue) {
  Escalation escalation(one(1));
  escalation.start(0);
  climb(escalation);
  EXPECT_EQ(escalation.take(1000).step, Step::kNothing);
}

TEST(Ladder, ALongGraceDoesNotOverflow) {
  EXPECT_EQ(two(kForever - 5, 10).grace(), kForever);
  EXPECT_EQ(two(1, kForever).grace(), kForever);
}

TEST(Ladder, TheLastRungHasWhatCannotBeShared) {
  Ladder ladder = two(0, 0);
  ladder.split(101);
  EXPECT_EQ(ladder.rungs[0].time, 50);
  EXPECT_EQ(ladder.rungs[1].time, 51);
  EXPECT_EQ(ladder.grace(), 101);
}

}  // namespace
}  // namespace covenv::supervise
