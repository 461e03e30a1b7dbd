// SPDX-License-Identifier: MIT
#include "shim/proc/pid_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace covenv {
namespace {

using ::testing::UnorderedElementsAre;

constexpr auto kCapacity = static_cast<pid_t>(PidTable::kCapacity);

TEST(PidTable, HoldsNothingAtFirst) {
  PidTable table;
  EXPECT_FALSE(table.contains(1));
  EXPECT_FALSE(table.take(1));
}

TEST(PidTable, ContainsWhatWasAddedUntilItIsTaken) {
  PidTable table;
  table.add(42, 7);
  EXPECT_TRUE(table.contains(42));
  EXPECT_FALSE(table.contains(43));
  EXPECT_TRUE(table.take(42));
  EXPECT_FALSE(table.contains(42));
}

TEST(PidTable, GivesEachOnlyOnce) {
  PidTable table;
  table.add(42, 7);
  EXPECT_TRUE(table.take(42));
  EXPECT_FALSE(table.take(42));
}

TEST(PidTable, WhatIsNoPidIsNotInIt) {
  PidTable table;
  table.add(42, 7);
  for (const pid_t pid : {0, -1}) {
    EXPECT_FALSE(table.contains(pid)) << pid;
    EXPECT_FALSE(table.take(pid)) << pid;
  }
  EXPECT_TRUE(table.take(42));
}

TEST(PidTable, TakingOneLeavesTheOthers) {
  PidTable table;
  for (pid_t pid = 1; pid <= 3; ++pid) table.add(pid, 0);
  EXPECT_TRUE(table.take(2));
  EXPECT_TRUE(table.contains(1));
  EXPECT_TRUE(table.contains(3));
}

TEST(PidTable, FullTableTakesNoMoreAndKeepsWhatItHas) {
  PidTable table;
  for (pid_t pid = 1; pid <= kCapacity + 10; ++pid) table.add(pid, 0);
  for (pid_t pid = 1; pid <= kCapacity; ++pid) EXPECT_TRUE(table.contains(pid)) << pid;
  EXPECT_FALSE(table.contains(kCapacity + 1));
}

TEST(PidTable, RoomThatWasTakenIsUsedAgain) {
  PidTable table;
  for (pid_t pid = 1; pid <= kCapacity; ++pid) table.add(pid, 0);
  ASSERT_TRUE(table.take(7));
  table.add(10000, 0);
  EXPECT_TRUE(table.contains(10000));
}

TEST(PidTable, SweepAsksForEachWithItsStartTime) {
  PidTable table;
  table.add(1, 100);
  table.add(2, 200);
  std::vector<std::pair<pid_t, std::uint64_t>> asked;
  table.sweep([&](pid_t pid, std::uint64_t start_time) {
    asked.emplace_back(pid, start_time);
    return false;
  });
  EXPECT_THAT(asked, UnorderedElementsAre(std::pair(1, 100U), std::pair(2, 200U)));
  EXPECT_TRUE(table.contains(1));
}

TEST(PidTable, SweepRemovesTheStaleOnes) {
  PidTable table;
  for (pid_t pid = 1; pid <= 10; ++pid) table.add(pid, static_cast<std::uint64_t>(pid));
  table.sweep([](pid_t, std::uint64_t start_time) { return start_time % 2 == 0; });
  for (pid_t pid = 1; pid <= 10; ++pid) EXPECT_EQ(table.contains(pid), pid % 2 == 1) << pid;
}

TEST(PidTable, SweepOfAnEmptiedTableAsksForNone) {
  PidTable table;
  table.add(1, 1);
  table.take(1);
  int asked = 0;
  table.sweep([&](pid_t, std::uint64_t) { return ++asked != 0; });
  EXPECT_EQ(asked, 0);
}

TEST(PidTable, OfTwoThatTakeAtTheSameTimeOneGetsIt) {
  constexpr int kRounds = 2000;
  const auto table = std::make_unique<PidTable>();
  std::atomic<int> round = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> taken = 0;
  const auto take_in_each_round = [&] {
    for (int mine = 1; mine <= kRounds; ++mine) {
      while (round < mine) std::this_thread::yield();
      if (table->take(42)) ++taken;
      ++finished;
    }
  };
  std::jthread first(take_in_each_round);
  std::jthread second(take_in_each_round);
  for (int current = 1; current <= kRounds; ++current) {
    table->add(42, 0);
    round = current;
    while (finished < 2 * current) std::this_thread::yield();
  }
  EXPECT_EQ(taken, kRounds);
  EXPECT_FALSE(table->contains(42));
}

TEST(PidTable, ThreadsThatAddAndTakeTheirOwnDoNotMeet) {
  const auto table = std::make_unique<PidTable>();
  std::atomic<int> lost = 0;
  const auto work = [&](pid_t own) {
    for (int round = 0; round < 20000; ++round) {
      table->add(own, static_cast<std::uint64_t>(own));
      if (!table->contains(own)) ++lost;
      if (!table->take(own)) ++lost;
    }
  };
  {
    std::jthread first(work, 1);
    std::jthread second(work, 2);
  }
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace covenv
