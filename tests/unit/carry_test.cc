// SPDX-License-Identifier: MIT
#include "shim/core/carry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "environment_vector.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using testing::EnvironmentVector;
using ::testing::IsEmpty;

Settings carrying(const std::string& globs) {
  Settings settings;
  EXPECT_TRUE(settings.carry.assign(globs));
  return settings;
}

std::vector<std::string> selected(EnvironmentVector environment, const Settings& settings = {}) {
  Carried carried;
  select_carried(environment.get(), settings, carried);
  return {carried.begin(), carried.end()};
}

class CarriedByDefault : public ::testing::TestWithParam<const char*> {};

TEST_P(CarriedByDefault, Travels) { EXPECT_TRUE(is_carried(GetParam(), Settings())); }

INSTANTIATE_TEST_SUITE_P(
    Table, CarriedByDefault,
    ::testing::Values("COV_CORE_SOURCE=.", "COVERAGE_PROCESS_START=/rc", "COVERAGE_FILE=x", "COV=1",
                      "COVENV_GRACE=2s", "GOCOVERDIR=/d", "LLVM_PROFILE_FILE=%p", "GCOV_PREFIX=/p",
                      "GCOV_PREFIX_STRIP=3", "NODE_V8_COVERAGE=/v8", "NYC_CONFIG={}", "NYC_=1",
                      "JAVA_TOOL_OPTIONS=-javaagent:/x/jacocoagent.jar=destfile=a",
                      "RUBYOPT=-rsimplecov", "RUBYOPT=-W0 -rcoverage",
                      "PERL5OPT=-MDevel::Cover=-db,x", "XDEBUG_MODE=develop,coverage",
                      "COV_X==", "COV_X= ", "COV_X=\xff\xfe"),
    [](const auto& row) { return "row" + std::to_string(row.index); });

class NotCarriedByDefault : public ::testing::TestWithParam<const char*> {};

TEST_P(NotCarriedByDefault, Stays) { EXPECT_FALSE(is_carried(GetParam(), Settings())); }

INSTANTIATE_TEST_SUITE_P(
    Table, NotCarriedByDefault,
    ::testing::Values("", "=", "=COV", "=x", "PATH=/bin", "COV", "COV_CORE_SOURCE",
                      "COV_CORE_SOURCE=", "COVENV_GRACE=", "COVENV_GRACE", "XCOV=1", "cov=1",
                      "GOCOVERDIR=", "GOCOVERDIRS=/d", "GOCOVERDI=/d", "LLVM_PROFILE_FILES=x",
                      "GCOV_PREFIX_=1", "GCOV_ERROR_FILE=x", "NODE_OPTIONS=--x", "NYC=1",
                      "JAVA_TOOL_OPTIONS=-Xmx1g", "JAVA_TOOL_OPTIONS=", "JAVA_TOOL_OPTIONS",
                      "JAVA_HOME=/jacoco", "RUBYOPT=-W0", "PERL5OPT=-MStrict",
                      "PERL5LIB=Devel::Cover", "XDEBUG_MODE=debug", "XDEBUG_CONFIG=coverage",
                      "LD_PRELOAD=/x/libcovenv.so"),
    [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(IsCarried, TakesWhatTheListNames) {
  EXPECT_TRUE(is_carried("MY_VAR=1", carrying("MY_*")));
  EXPECT_FALSE(is_carried("COV_CORE_SOURCE=1", carrying("MY_*")));
}

TEST(IsCarried, TakesPresetsAndOwnSettingsWhateverTheList) {
  EXPECT_TRUE(is_carried("GOCOVERDIR=/d", carrying("")));
  EXPECT_TRUE(is_carried("COVENV_CARRY=MY_*", carrying("")));
}

TEST(IsCarried, TheListNeedsNoNeedle) {
  EXPECT_TRUE(is_carried("JAVA_TOOL_OPTIONS=-Xmx1g", carrying("JAVA_*")));
}

TEST(IsCarried, NeverTakesThePreloadListWhichIsMerged) {
  EXPECT_FALSE(is_carried("LD_PRELOAD=/x.so", carrying("LD_PRELOAD")));
  EXPECT_FALSE(is_carried("LD_PRELOAD=/x.so", carrying("*")));
  EXPECT_TRUE(is_carried("LD_PRELOADS=/x.so", carrying("*")));
}

TEST(IsCarried, AStarTakesNoEntryWithoutANameOrAValue) {
  EXPECT_FALSE(is_carried("", carrying("*")));
  EXPECT_FALSE(is_carried("=C:=x", carrying("*")));
  EXPECT_FALSE(is_carried("NAME", carrying("*")));
  EXPECT_FALSE(is_carried("NAME=", carrying("*")));
}

TEST(SelectCarried, KeepsTheOrderOfTheEnvironment) {
  EXPECT_THAT(selected({"COV_B=1", "PATH=/bin", "GOCOVERDIR=/d", "COV_A=2"}),
              ElementsAre("COV_B=1", "GOCOVERDIR=/d", "COV_A=2"));
}

TEST(SelectCarried, TakesTheFirstOfEachName) {
  EXPECT_THAT(selected({"COV_A=1", "COV_AB=2", "COV_A=3"}), ElementsAre("COV_A=1", "COV_AB=2"));
}

TEST(SelectCarried, BorrowsTheEntries) {
  EnvironmentVector environment{"PATH=/bin", "COV_A=1"};
  Carried carried;
  select_carried(environment.get(), Settings(), carried);
  ASSERT_EQ(carried.count(), 1U);
  EXPECT_EQ(carried[0], environment.at(1));
}

TEST(SelectCarried, AddsToWhatIsThere) {
  Carried carried;
  carried.add("COV_A=old");
  EnvironmentVector environment{"COV_A=new", "COV_B=1"};
  select_carried(environment.get(), Settings(), carried);
  EXPECT_THAT(std::vector<std::string>(carried.begin(), carried.end()),
              ElementsAre("COV_A=old", "COV_B=1"));
}

TEST(SelectCarried, OfNoEnvironmentIsNothing) {
  Carried carried;
  select_carried(nullptr, Settings(), carried);
  EXPECT_EQ(carried.count(), 0U);
  EXPECT_THAT(selected({}), IsEmpty());
}

TEST(SelectCarried, LeavesBehindWhatIsBeyondItsCapacity) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < Carried::kCapacity + 10; ++i) {
    entries.push_back("COV_" + std::to_string(i) + "=x");
  }
  const std::vector<std::string> kept = selected(EnvironmentVector::of(entries));
  entries.resize(Carried::kCapacity);
  EXPECT_EQ(kept, entries);
}

TEST(Carried, TakesExactlyItsCapacity) {
  Carried carried;
  for (std::size_t i = 0; i < Carried::kCapacity; ++i) ASSERT_TRUE(carried.add("COV_A=1"));
  EXPECT_FALSE(carried.add("COV_B=1"));
  EXPECT_EQ(carried.count(), Carried::kCapacity);
  EXPECT_FALSE(carried.has(HashedName("COV_B")));
}

TEST(Carried, HasComparesWholeNames) {
  Carried carried;
  carried.add("COV_AB=1");
  EXPECT_TRUE(carried.has(HashedName("COV_AB")));
  EXPECT_FALSE(carried.has(HashedName("COV_A")));
  EXPECT_FALSE(carried.has(HashedName("COV_ABC")));
  EXPECT_FALSE(carried.has(HashedName("")));
}

class StartsPythonCoverage : public ::testing::TestWithParam<std::pair<const char*, bool>> {};

TEST_P(StartsPythonCoverage, IsAsTheTableSays) {
  EXPECT_EQ(starts_python_coverage(GetParam().first), GetParam().second) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(Table, StartsPythonCoverage,
                         ::testing::Values(std::pair("COV_CORE_SOURCE=.", true),
                                           std::pair("COVERAGE_PROCESS_START=/rc", true),
                                           std::pair("COVERAGE_PROCESS_CONFIG={}", true),
                                           std::pair("COV_CORE_SOURCE=", false),
                                           std::pair("COV_CORE_SOURCE", false),
                                           std::pair("COV_CORE_DATAFILE=x", false),
                                           std::pair("COVERAGE_FILE=x", false),
                                           std::pair("XCOV_CORE_SOURCE=.", false),
                                           std::pair("", false), std::pair("=", false)),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(GroupOf, CoverageVariablesHaveTheirGroups) {
  EXPECT_EQ(group_of("COV_CORE_SOURCE").prefix, "COV_CORE_");
  EXPECT_EQ(group_of("COV_CORE_SOURCE").rule, GroupRule::kFill);
  EXPECT_EQ(group_of("COVERAGE_PROCESS_START").prefix, "COVERAGE_PROCESS_");
  EXPECT_EQ(group_of("COVERAGE_PROCESS_START").rule, GroupRule::kExclusive);
  EXPECT_EQ(group_of("GCOV_PREFIX_STRIP").prefix, group_of("GCOV_PREFIX").prefix);
  EXPECT_EQ(group_of("NYC_CONFIG").prefix, group_of("NYC_CWD").prefix);
}

TEST(GroupOf, ANameOfNoGroupIsOneByItself) {
  EXPECT_EQ(group_of("GOCOVERDIR").prefix, "GOCOVERDIR");
  EXPECT_EQ(group_of("GOCOVERDIR").rule, GroupRule::kFill);
  EXPECT_EQ(group_of("COVERAGE_FILE").prefix, "COVERAGE_FILE");
}

}  // namespace
}  // namespace covenv
