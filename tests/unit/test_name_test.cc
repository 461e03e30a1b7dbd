// SPDX-License-Identifier: MIT
#include "shim/core/test_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace covenv {
namespace {

std::string whole(const TestName& test) {
  std::string text(test.size(), '\0');
  text.resize(test.copy(0, text.data(), text.size()));
  return text;
}

std::string test_in(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  return whole(test_name_in(environment.data()));
}

TEST(TestName, IsTheValueOfPytests) {
  EXPECT_EQ(test_in({"PATH=/bin", "PYTEST_CURRENT_TEST=tests/test_a.py::test_b (setup)"}),
            "tests/test_a.py::test_b (setup)");
}

TEST(TestName, OfNextestAndBatsHasItsProgramOrFile) {
  EXPECT_EQ(test_in({"NEXTEST_TEST_NAME=math::adds", "NEXTEST_BINARY_ID=shop"}),
            "shop::math::adds");
  EXPECT_EQ(test_in({"BATS_TEST_FILENAME=/a/b.bats", "BATS_TEST_NAME=test_it"}),
            "/a/b.bats::test_it");
  EXPECT_EQ(test_in({"BATS_TEST_NAME=test_it"}), "test_it");
}

TEST(TestName, OfPytestWinsWhereverItStands) {
  EXPECT_EQ(test_in({"BATS_TEST_NAME=b", "NEXTEST_TEST_NAME=n", "PYTEST_CURRENT_TEST=p"}), "p");
  EXPECT_EQ(test_in({"PYTEST_CURRENT_TEST=p", "NEXTEST_TEST_NAME=n"}), "p");
}

TEST(TestName, IsEmptyWithoutAName) {
  EXPECT_EQ(test_in({}), "");
  EXPECT_EQ(test_in({"PYTEST_CURRENT_TEST=", "PYTEST_CURRENT_TEST_X=1", "BATS_TEST_FILENAME=/a",
                     "NEXTEST_BINARY_ID=b", "PYTEST_CURRENT_TEST"}),
            "");
  EXPECT_TRUE(test_name_in(nullptr).empty());
}

TEST(TestName, OfTheFirstVariableCounts) {
  EXPECT_EQ(test_in({"BATS_TEST_NAME=one", "BATS_TEST_NAME=two"}), "one");
}

TEST(TestName, ItsPiecesMakeTheWhole) {
  const TestName test = {.group = "file", .name = "\xff name"};
  std::string text;
  char room[3];
  for (std::size_t from = 0; from < test.size(); from += sizeof(room)) {
    text.append(room, test.copy(from, room, sizeof(room)));
  }
  EXPECT_EQ(text, "file::\xff name");
  EXPECT_EQ(test.copy(test.size(), room, sizeof(room)), 0U);
}

TEST(TestName, ItsHashIsThatOfTheWhole) {
  EXPECT_EQ((TestName{.group = "a", .name = "b"}.hash()), (TestName{.name = "a::b"}.hash()));
  EXPECT_NE((TestName{.name = "a (call)"}.hash()), (TestName{.name = "a (setup)"}.hash()));
}

TEST(TestName, OnlyPytestsVariableIsKept) {
  EXPECT_TRUE(names_pytest_test("PYTEST_CURRENT_TEST=x"));
  EXPECT_FALSE(names_pytest_test("PYTEST_CURRENT_TESTS=x"));
  EXPECT_FALSE(names_pytest_test("BATS_TEST_NAME=x"));
}

}  // namespace
}  // namespace covenv
