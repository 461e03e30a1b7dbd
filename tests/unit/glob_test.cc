// SPDX-License-Identifier: MIT
#include "shim/core/glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace covenv {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct GlobRow {
  std::string_view pattern;
  std::string_view text;
  bool matches;
};

class GlobMatch : public ::testing::TestWithParam<GlobRow> {};

TEST_P(GlobMatch, IsAsTheTableSays) {
  const GlobRow& row = GetParam();
  EXPECT_EQ(glob_match(row.pattern, row.text), row.matches) << row.pattern << " on " << row.text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobMatch,
    ::testing::Values(GlobRow{"", "", true}, GlobRow{"", "a", false}, GlobRow{"a", "", false},
                      GlobRow{"*", "", true}, GlobRow{"**", "", true}, GlobRow{"?", "", false},
                      GlobRow{"*", "anything", true}, GlobRow{"abc", "abc", true},
                      GlobRow{"abc", "abcd", false}, GlobRow{"abcd", "abc", false},
                      GlobRow{"abc", "ABC", false}, GlobRow{"a?c", "abc", true},
                      GlobRow{"a?c", "ac", false}, GlobRow{"COV*", "COV", true},
                      GlobRow{"COV*", "COV_CORE_SOURCE", true}, GlobRow{"COV*", "XCOV", false},
                      GlobRow{"*_DIR", "A_DIR", true}, GlobRow{"*_DIR", "A_DIRX", false},
                      GlobRow{"*b*", "abc", true}, GlobRow{"*b*", "acc", false},
                      GlobRow{"a*b*c", "a-b-b-c", true}, GlobRow{"a*b*c", "a-c-b", false},
                      GlobRow{"*ab", "aab", true}, GlobRow{"*aab", "aaaab", true},
                      GlobRow{"*?", "", false}, GlobRow{"?*", "x", true},
                      GlobRow{"[a]", "a", false}, GlobRow{"[a]", "[a]", true},
                      GlobRow{"\\*", "*", false}, GlobRow{"a*", std::string_view("a\0b", 3), true},
                      GlobRow{"?", "\xff", true}, GlobRow{"\xc3?", "\xc3\xa9", true}),
    [](const auto& row) { return "row" + std::to_string(row.index); });

/// The definition of a match as code, which takes exponential time.
bool matches_by_definition(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches_by_definition(pattern.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  if (text.empty() || (pattern.front() != '?' && pattern.front() != text.front())) return false;
  return matches_by_definition(pattern.substr(1), text.substr(1));
}

TEST(GlobProperty, AgreesWithTheDefinition) {
  std::mt19937 random(1);
  const auto text_of = [&](std::string_view alphabet, std::size_t longest) {
    std::string text(random() % (longest + 1), '\0');
    for (char& byte : text) byte = alphabet[random() % alphabet.size()];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const std::string pattern = text_of("ab?*", 6);
    const std::string text = text_of("ab", 8);
    ASSERT_EQ(glob_match(pattern, text), matches_by_definition(pattern, text))
        << pattern << " on " << text;
  }
}

TEST(Glob, ManyStarsOnALongTextTakePolynomialTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(10000, 'a')));
}

std::vector<std::string> items_of(std::string_view list) {
  std::vector<std::string> items;
  for_each_item(list, [&](std::string_view item) { items.emplace_back(item); });
  return items;
}

TEST(ListItems, AreSeparatedByCommas) {
  EXPECT_THAT(items_of("a,b,c"), ElementsAre("a", "b", "c"));
}

TEST(ListItems, LoseTheBlanksAroundThem) {
  EXPECT_THAT(items_of(" a ,\tb\t, c d "), ElementsAre("a", "b", "c d"));
}

TEST(ListItems, AreNeverEmpty) { EXPECT_THAT(items_of(",,a, ,\t,b,"), ElementsAre("a", "b")); }

TEST(ListItems, OfNothingAreNone) { EXPECT_THAT(items_of(""), IsEmpty()); }

GlobList list_of(std::string_view text) {
  GlobList list;
  EXPECT_TRUE(list.assign(text));
  return list;
}

TEST(GlobList, MatchesWhatAnyOfItsGlobsMatches) {
  const GlobList list = list_of("COV*, MY_VAR");
  EXPECT_TRUE(list.matches("COVERAGE_FILE"));
  EXPECT_TRUE(list.matches("MY_VAR"));
  EXPECT_FALSE(list.matches("MY_VAR2"));
}

TEST(GlobList, WithNothingInItMatchesNothing) {
  EXPECT_FALSE(GlobList().matches("COV"));
  EXPECT_FALSE(list_of(" , ,").matches("COV"));
  EXPECT_TRUE(GlobList().empty());
}

TEST(GlobList, LeadingWildcardsMatchAnyFirstByte) {
  EXPECT_TRUE(list_of("*_DIR").matches("\xffZ_DIR"));
  EXPECT_TRUE(list_of("x,?b").matches("ab"));
}

TEST(GlobList, ANewListReplacesTheOldOneWholly) {
  GlobList list = list_of("*,A*");
  ASSERT_TRUE(list.assign("B"));
  EXPECT_FALSE(list.matches("A"));
  EXPECT_FALSE(list.can_start_with('A'));
  EXPECT_TRUE(list.matches("B"));
}

TEST(GlobList, CanStartWithIsNeverWrongAboutAMatch) {
  const GlobList list = list_of("a*,\xff,~?,0");
  for (int byte = 1; byte < 256; ++byte) {
    const std::string text{static_cast<char>(byte), 'x'};
    for (const std::string& candidate : {text, text.substr(0, 1)}) {
      if (list.matches(candidate)) {
        EXPECT_TRUE(list.can_start_with(candidate[0])) << byte;
      }
    }
  }
  EXPECT_FALSE(list.can_start_with('b'));
}

TEST(GlobList, TakesItsCapacityToTheLastByte) {
  const std::string full(GlobList::kCapacity, 'x');
  EXPECT_TRUE(list_of(full).matches(full));
}

TEST(GlobList, RefusesOneByteMoreAndKeepsWhatItHad) {
  GlobList list = list_of("A");
  EXPECT_FALSE(list.assign(std::string(GlobList::kCapacity + 1, 'x')));
  EXPECT_TRUE(list.matches("A"));
  EXPECT_FALSE(list.can_start_with('x'));
}

TEST(GlobList, OutlivesTheTextItWasMadeOf) {
  GlobList list;
  {
    const std::string text = "COVER_A_LONG_NAME_THAT_IS_ON_THE_HEAP";
    ASSERT_TRUE(list.assign(text));
  }
  EXPECT_TRUE(list.matches("COVER_A_LONG_NAME_THAT_IS_ON_THE_HEAP"));
}

}  // namespace
}  // namespace covenv
