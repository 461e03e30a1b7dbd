// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/test_names.h"

#include <gtest/gtest.h>

#include <string>

namespace covenv {
namespace {

/// The names of a session in which these parts are one name, of the number 7.
TestNames names_of(std::vector<std::string> parts, bool is_cut = false, std::uint16_t wanted = 0) {
  TestNames names;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const TestEvent event = {
        .first = i == 0 ? 0U : 7U,
        .part = static_cast<std::uint16_t>(i),
        .parts = wanted != 0 ? wanted : static_cast<std::uint16_t>(parts.size())};
    RecordedEvent record{.event = event, .text = {parts[i]}, .number = 7 + i};
    record.is_text_cut = is_cut && i + 1 == parts.size();
    names.take(event, record);
  }
  return names;
}

TEST(TestNames, ArePutTogetherOfPartsInAnyOrder) {
  EXPECT_EQ(names_of({"one ", "two ", "three"}).name(7), "one two three");
}

TEST(TestNames, AreEmptyIfThereIsNone) {
  const TestNames names = names_of({"one"});
  EXPECT_EQ(names.name(0), "");
  EXPECT_EQ(names.name(8), "");
}

TEST(TestNames, ThatAreNotWholeEndWithAnEllipsis) {
  EXPECT_EQ(names_of({"one ", "two"}, true).name(7), "one two…");
  EXPECT_EQ(names_of({"one "}, false, 2).name(7), "one …");
}

TEST(TestNames, ThatAreCutEndWithAWholeCharacter) {
  EXPECT_EQ(names_of({"é"}, true).name(7), "é…");
  EXPECT_EQ(names_of({"x\xc3"}, true).name(7), "x…");
  EXPECT_EQ(names_of({"x\xe2\x82"}, true).name(7), "x…");
  EXPECT_EQ(names_of({"x\xf0\x9f\x98"}, true).name(7), "x…");
  EXPECT_EQ(names_of({"x\x80\x80\x80\x80"}, true).name(7), "x\x80\x80\x80\x80…");
  EXPECT_EQ(names_of({"é\xff"}, true).name(7), "é…");
}

TEST(TestNames, APartThatNoWriterWritesIsIgnored) {
  TestNames names = names_of({"one"});
  const TestEvent event = {.first = 7, .part = 60'000, .parts = 1};
  names.take(event, {.event = event, .text = {"x"}});
  const TestEvent empty = {.first = 7, .part = 1, .parts = 1};
  names.take(empty, {.event = empty});
  EXPECT_EQ(names.name(7), "one");
}

TEST(TestNames, OfBatsAreTitles) {
  EXPECT_EQ(names_of({"/a/shop.bats::test_a_server-2c_100-25_up"}).name(7),
            "/a/shop.bats::a server, 100% up");
  EXPECT_EQ(names_of({"/a/shop.bats::test_x-2"}).name(7), "/a/shop.bats::x-2");
  EXPECT_EQ(names_of({"test_a.py::test_b_c"}).name(7), "test_a.py::test_b_c");
}

TEST(TestFile, IsTheOneThatAProgramRuns) {
  EXPECT_EQ(test_file_of({"perl", "-w", "t/basic.t"}), "t/basic.t");
  EXPECT_EQ(test_file_of({"/usr/bin/node", "cart.test.js", "-x"}), "cart.test.js");
  EXPECT_EQ(test_file_of({"/tmp/go-build1/shop.test", "-test.v"}), "/tmp/go-build1/shop.test");
  EXPECT_EQ(test_file_of({"python3", "tests/test_api.py"}), "tests/test_api.py");
}

TEST(TestFile, IsNoneOfARunnerOfManyFiles) {
  EXPECT_EQ(test_file_of({"python3", "-m", "pytest", "tests/test_api.py"}), "");
  EXPECT_EQ(test_file_of({"prove", "-r"}), "");
  EXPECT_EQ(test_file_of({"python3", "server.py"}), "");
  EXPECT_EQ(test_file_of({}), "");
}

}  // namespace
}  // namespace covenv
