// SPDX-License-Identifier: MIT
#include "shim/core/remembered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "environment_vector.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using testing::EnvironmentVector;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RememberedTest : public ::testing::Test {
 protected:
  void learn(EnvironmentVector environment) { remembered.learn(environment.get(), Settings()); }
  void expect_to_set_in(EnvironmentVector environment) {
    remembered.expect_to_set_in(environment.get());
  }
  bool is_gone(EnvironmentVector environment) { return remembered.is_gone(environment.get()); }

  std::vector<std::string> recall(Carried carried = {}) {
    const std::size_t before = carried.count();
    const std::size_t size = remembered.text_size();
    const auto text = std::make_unique<char[]>(size);
    remembered.recall({text.get(), size}, carried);
    return {carried.begin() + before, carried.end()};
  }

  // On the heap, because it is large.
  std::unique_ptr<Remembered> storage = std::make_unique<Remembered>();
  Remembered& remembered = *storage;
};

TEST_F(RememberedTest, KnowsNothingAtFirst) {
  EXPECT_EQ(remembered.text_size(), 0U);
  EXPECT_FALSE(remembered.knows_more_than(Carried()));
  EXPECT_THAT(recall(), IsEmpty());
}

TEST_F(RememberedTest, LearnsWhatTravels) {
  learn({"PATH=/bin", "COV_A=1", "HOME=/", "GOCOVERDIR=/d"});
  EXPECT_THAT(recall(), ElementsAre("COV_A=1", "GOCOVERDIR=/d"));
}

TEST_F(RememberedTest, LearnsTheFirstOfEachNameAsSelectCarriedDoes) {
  learn({"COV_A=1", "COV_A=2"});
  EXPECT_THAT(recall(), ElementsAre("COV_A=1"));
}

TEST_F(RememberedTest, LearnsNothingOfNoEnvironment) {
  remembered.learn(nullptr, Settings());
  EXPECT_THAT(recall(), IsEmpty());
}

TEST_F(RememberedTest, KeepsTheNewestValue) {
  remembered.remember("COV_A=1");
  remembered.remember("COV_B=2");
  remembered.remember("COV_A=longer than before");
  EXPECT_THAT(recall(), UnorderedElementsAre("COV_B=2", "COV_A=longer than before"));
}

TEST_F(RememberedTest, ReplacesOnlyTheVeryName) {
  remembered.remember("COV_AB=1");
  remembered.remember("COV_A=2");
  remembered.remember("COV_=3");
  EXPECT_THAT(recall(), UnorderedElementsAre("COV_AB=1", "COV_A=2", "COV_=3"));
}

TEST_F(RememberedTest, ReusesTheRoomOfWhatItReplaces) {
  const std::string value(Remembered::kTextCapacity / 3, 'x');
  for (int round = 0; round < 100; ++round) remembered.remember(("COV_A=" + value).c_str());
  EXPECT_EQ(remembered.text_size(), value.size() + 7);
}

TEST_F(RememberedTest, CopiesWhatItIsGiven) {
  std::string entry = "COV_A=a value that is long enough for the heap";
  remembered.remember(entry.c_str());
  std::fill(entry.begin(), entry.end(), '!');
  EXPECT_THAT(recall(), ElementsAre("COV_A=a value that is long enough for the heap"));
}

TEST_F(RememberedTest, RecallsIntoTheTextOfTheCaller) {
  remembered.remember("COV_A=1");
  char text[64];
  Carried carried;
  remembered.recall(text, carried);
  ASSERT_EQ(carried.count(), 1U);
  EXPECT_EQ(carried[0], text);
  remembered.remember("COV_A=2");
  EXPECT_STREQ(carried[0], "COV_A=1");
}

TEST_F(RememberedTest, RecallsOnlyWhatIsLacking) {
  remembered.remember("COV_A=old");
  remembered.remember("COV_B=old");
  Carried carried;
  carried.add("COV_A=live");
  EXPECT_THAT(recall(carried), ElementsAre("COV_B=old"));
}

TEST_F(RememberedTest, RecallsNothingIntoTooLittleText) {
  remembered.remember("COV_A=1");
  char text[7];
  Carried carried;
  remembered.recall(text, carried);
  EXPECT_EQ(carried.count(), 0U);
}

TEST_F(RememberedTest, RecallsAsMuchAsCarriedHasRoomFor) {
  remembered.remember("COV_A=1");
  remembered.remember("COV_B=1");
  Carried carried;
  for (std::size_t i = 0; i + 1 < Carried::kCapacity; ++i) carried.add("X=1");
  EXPECT_THAT(recall(carried), ElementsAre("COV_A=1"));
}

TEST_F(RememberedTest, KnowsMoreThanAnEnvironmentThatLacksOne) {
  remembered.remember("COV_A=1");
  remembered.remember("COV_B=1");
  Carried carried;
  carried.add("COV_A=other");
  EXPECT_TRUE(remembered.knows_more_than(carried));
  carried.add("COV_B=other");
  EXPECT_FALSE(remembered.knows_more_than(carried));
}

TEST_F(RememberedTest, TakesTextToItsCapacity) {
  const std::string entry = "COV_A=" + std::string(Remembered::kTextCapacity - 7, 'x');
  remembered.remember(entry.c_str());
  EXPECT_EQ(remembered.text_size(), Remembered::kTextCapacity);
  EXPECT_THAT(recall(), ElementsAre(entry));
}

TEST_F(RememberedTest, LeavesOutWhatExceedsItsCapacityByAByte) {
  remembered.remember("COV_B=1");
  remembered.remember(("COV_A=" + std::string(Remembered::kTextCapacity - 6, 'x')).c_str());
  EXPECT_THAT(recall(), ElementsAre("COV_B=1"));
}

TEST_F(RememberedTest, DoesNotKeepAnOutdatedValueWhereTheNewOneHasNoRoom) {
  remembered.remember("COV_A=old");
  remembered.remember(("COV_A=" + std::string(Remembered::kTextCapacity, 'x')).c_str());
  EXPECT_THAT(recall(), IsEmpty());
}

TEST_F(RememberedTest, TakesAsManyEntriesAsCanBeCarriedAndStillReplaces) {
  for (std::size_t i = 0; i < Carried::kCapacity + 5; ++i) {
    remembered.remember(("COV_" + std::to_string(i) + "=1").c_str());
  }
  remembered.remember("COV_0=new");
  const std::vector<std::string> recalled = recall();
  EXPECT_EQ(recalled.size(), Carried::kCapacity);
  EXPECT_THAT(recalled, ::testing::Contains("COV_0=new"));
  EXPECT_THAT(recalled, ::testing::Not(::testing::Contains("COV_64=1")));
}

TEST_F(RememberedTest, IsNotGoneWhileItIsWhole) {
  learn({"A=1", "B=1", "C=1", "COV_A=1"});
  EXPECT_FALSE(is_gone({"A=1", "B=1", "C=1", "COV_A=1"}));
}

TEST_F(RememberedTest, IsNotGoneWhereOnlyWhatTravelsWentByItself) {
  learn({"A=1", "B=1", "C=1", "COV_A=1", "COV_B=1", "COV_C=1", "COV_D=1"});
  EXPECT_FALSE(is_gone({"A=1", "B=1", "C=1"}));
}

TEST_F(RememberedTest, IsNotGoneWithHalfOfTheWitnessesLeft) {
  learn({"A=1", "B=1", "C=1", "D=1"});
  EXPECT_FALSE(is_gone({"C=other", "D=other"}));
}

TEST_F(RememberedTest, IsGoneWhereMoreThanHalfOfTheWitnessesAreMissing) {
  learn({"A=1", "B=1", "C=1", "D=1"});
  EXPECT_TRUE(is_gone({"D=1"}));
}

TEST_F(RememberedTest, IsGoneWhereAnotherOneStandsInItsPlace) {
  learn({"A=1", "B=1"});
  EXPECT_TRUE(is_gone({"X=1", "Y=1", "Z=1"}));
}

TEST_F(RememberedTest, IsGoneWhereThereIsNone) {
  learn({"A=1"});
  EXPECT_TRUE(is_gone({}));
  EXPECT_TRUE(remembered.is_gone(nullptr));
}

TEST_F(RememberedTest, IsNeverGoneWhereThereWasNothingToMiss) {
  learn({"COV_A=1"});
  EXPECT_FALSE(is_gone({}));
}

TEST_F(RememberedTest, IsGoneWhereItWasEmptiedAndNotAllNamesCameBack) {
  learn({"A=1", "B=1", "C=1", "COV_A=1"});
  expect_to_set_in({});
  EXPECT_TRUE(is_gone({"A=1", "B=1"}));
}

TEST_F(RememberedTest, IsNotGoneWhereItWasEmptiedAndAllNamesCameBack) {
  learn({"A=1", "B=1", "COV_A=1"});
  remembered.expect_to_set_in(nullptr);
  EXPECT_FALSE(is_gone({"B=1", "A=1"}));
}

TEST_F(RememberedTest, OnceItIsWholeAgainItsEmptinessIsForgotten) {
  learn({"A=1", "B=1", "C=1", "COV_A=1"});
  expect_to_set_in({});
  expect_to_set_in({"A=1", "B=1"});
  EXPECT_TRUE(is_gone({"A=1", "B=1"}));
  expect_to_set_in({"A=1", "B=1", "C=1"});
  EXPECT_FALSE(is_gone({"A=1", "B=1"}));
}

TEST_F(RememberedTest, IsNotGoneWhereSomethingWasThereToSetInto) {
  learn({"A=1", "B=1", "COV_A=1"});
  expect_to_set_in({"A=1"});
  EXPECT_FALSE(is_gone({"A=1"}));
}

TEST_F(RememberedTest, IsGoneWhereTheOnesThatAreLeftWereGivenAnew) {
  learn({"A=1", "B=1", "COV_A=1", "LD_PRELOAD=/o/libcovenv.so"});
  EXPECT_TRUE(is_gone({"A=2", "B=2"}));
  EXPECT_FALSE(is_gone({"A=1", "B=1", "LD_PRELOAD=/o/libcovenv.so"}));
}

TEST_F(RememberedTest, IsNotGoneWithoutAPreloadThatNeverWas) {
  learn({"A=1", "B=1", "COV_A=1"});
  EXPECT_FALSE(is_gone({"A=1", "B=1"}));
}

TEST_F(RememberedTest, OneNameSeenTwiceIsOneWitness) {
  learn({"A=1", "B=1", "C=1"});
  EXPECT_TRUE(is_gone({"A=1", "A=1", "A=1"}));
}

TEST_F(RememberedTest, ASampleOf32NamesIsEnough) {
  std::vector<std::string> names;
  names.reserve(100);
  for (int i = 0; i < 100; ++i) names.push_back("V" + std::to_string(i) + "=1");
  learn(EnvironmentVector::of(names));
  EXPECT_FALSE(is_gone(EnvironmentVector::of(names)));
  EXPECT_TRUE(is_gone({"V0=1", "V1=1", "V99=1"}));
}

/// One thread writes and one reads, as fast as they can. No mixture of two values is among those
/// that were written, so it would be seen. The oldest of a few large values is replaced at each
/// write, so that all text moves.
TEST_F(RememberedTest, RecallsOnlyValuesThatSomebodyWrote) {
  constexpr std::size_t kNames = 8;
  constexpr std::size_t kRounds = 30000;
  std::vector<std::string> entries;
  entries.reserve(26 * kNames);
  for (std::size_t i = 0; i < 26 * kNames; ++i) {
    const std::size_t size = 1 + i * 37 % 3500;
    entries.push_back("COV_" + std::to_string(i % kNames) + "=" + std::to_string(size) + ":" +
                      std::string(size, static_cast<char>('a' + i % 26)));
  }
  const std::unordered_set<std::string> written(entries.begin(), entries.end());
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    for (std::size_t round = 0; round < kRounds; ++round) {
      remembered.remember(entries[round % entries.size()].c_str());
      if (round % 128 == 0) std::this_thread::yield();
    }
    done = true;
  });
  long recalled = 0;
  std::vector<char> text(Remembered::kTextCapacity);
  do {
    Carried carried;
    remembered.knows_more_than(carried);
    remembered.recall(text, carried);
    for (std::size_t i = 0; i < carried.count(); ++i, ++recalled) {
      const std::string entry = carried[i];
      ASSERT_TRUE(written.contains(entry)) << entry;
    }
  } while (!done || recalled == 0);
}

TEST_F(RememberedTest, TwoWritersLeaveItWhole) {
  std::barrier start(2);
  const auto write = [&](char letter) {
    start.arrive_and_wait();
    for (std::size_t round = 0; round < 30000; ++round) {
      const std::string name = "COV_" + std::string(1, letter) + std::to_string(round % 16);
      remembered.remember((name + "=" + std::string(round * 37 % 900, letter)).c_str());
    }
  };
  {
    std::jthread first(write, 'a');
    std::jthread second(write, 'b');
  }
  remembered.remember("COV_LAST=1");
  const std::vector<std::string> recalled = recall();
  std::size_t bytes = 0;
  for (const std::string& entry : recalled) {
    bytes += entry.size() + 1;
    const std::string value = entry.substr(entry.find('=') + 1);
    if (entry == "COV_LAST=1") continue;
    ASSERT_GE(entry.size(), 6U);
    EXPECT_EQ(value.find_first_not_of(entry[4]), std::string::npos) << entry;
  }
  EXPECT_EQ(bytes, remembered.text_size());
  EXPECT_THAT(recalled, ::testing::Contains("COV_LAST=1"));
}

}  // namespace
}  // namespace covenv
