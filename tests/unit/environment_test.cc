// SPDX-License-Identifier: MIT
#include "shim/core/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "environment_vector.h"

namespace covenv {
namespace {

using ::testing::ElementsAre;
using testing::EnvironmentVector;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

constexpr std::string_view kOurs = "/o/libcovenv.so";
constexpr Preload kUnknownPath{.path = ""};
constexpr Preload kWanted{.path = kOurs};
constexpr Preload kUnwanted{.path = kOurs, .wanted = false};

struct Applied {
  bool unchanged = false;
  std::vector<const char*> pointers;  // borrowed, or into `text`
  std::unique_ptr<char[]> text;

  Strings strings() const { return {pointers.begin(), pointers.end()}; }
};

/// Writes the plan into memory of exactly the size that it asks for, and expects the bytes around
/// that memory to be unchanged.
void expect_guards_intact(const EnvironmentPlan& plan) {
  constexpr std::size_t kGuard = 8;
  static const char guard_target = '\0';
  std::vector<const char*> slots(plan.slots() + 2 * kGuard, &guard_target);
  std::vector<char> text(plan.text_bytes() + 2 * kGuard, '\x5a');
  EXPECT_EQ(plan.write(slots.data() + kGuard, text.data() + kGuard), slots.data() + kGuard);
  for (std::size_t i = 0; i < kGuard; ++i) {
    EXPECT_EQ(slots[i], &guard_target);
    EXPECT_EQ(slots[slots.size() - 1 - i], &guard_target);
    EXPECT_EQ(text[i], '\x5a');
    EXPECT_EQ(text[text.size() - 1 - i], '\x5a');
  }
  if (plan.text_bytes() != 0) {
    EXPECT_EQ(text[text.size() - 1 - kGuard], '\0') << "more text was asked for than used";
  }
}

Applied apply(const char* const* child, const Carried& carried, const Preload& preload) {
  const EnvironmentPlan plan(child, carried, preload);
  Applied applied;
  applied.unchanged = plan.unchanged();
  if (applied.unchanged) {
    for (; child != nullptr && *child != nullptr; ++child) applied.pointers.push_back(*child);
    return applied;
  }
  expect_guards_intact(plan);
  // Heap blocks of exactly these sizes, so that AddressSanitizer sees a write beyond.
  const auto slots = std::make_unique<const char*[]>(plan.slots());
  applied.text = std::make_unique<char[]>(plan.text_bytes());
  const char* const* const result = plan.write(slots.get(), applied.text.get());
  EXPECT_EQ(result, slots.get());
  for (const char* const* entry = result; *entry != nullptr; ++entry) {
    applied.pointers.push_back(*entry);
  }
  return applied;
}

Strings result_of(EnvironmentVector child, const EnvironmentVector& carried,
                  const Preload& preload = kUnknownPath) {
  return apply(child.get(), carried.as_carried(), preload).strings();
}

bool is_unchanged(EnvironmentVector child, const EnvironmentVector& carried,
                  const Preload& preload = kUnknownPath) {
  return EnvironmentPlan(child.get(), carried.as_carried(), preload).unchanged();
}

TEST(Environment, LackingVariablesAreAppendedInTheOrderCarried) {
  EXPECT_THAT(result_of({"B=1", "A=2"}, {"COV_Z=z", "COV_A=a"}),
              ElementsAre("B=1", "A=2", "COV_Z=z", "COV_A=a"));
}

TEST(Environment, ThatLacksNothingIsUnchanged) {
  EXPECT_TRUE(is_unchanged({"A=1", "COV_A=own"}, {"COV_A=carried"}));
  EXPECT_TRUE(is_unchanged({"A=1"}, {}));
  EXPECT_TRUE(is_unchanged({}, {}));
}

TEST(Environment, ThatLacksOneIsChanged) { EXPECT_FALSE(is_unchanged({"A=1"}, {"COV_A=x"})); }

TEST(Environment, ExplicitValueWins) {
  EXPECT_THAT(result_of({"COV_A=own"}, {"COV_A=carried", "COV_B=b"}),
              ElementsAre("COV_A=own", "COV_B=b"));
}

TEST(Environment, BorrowedEntriesAreTheVeryPointers) {
  EnvironmentVector child{"A=1", "B=2"};
  const EnvironmentVector carried{"COV_A=x"};
  const Applied applied = apply(child.get(), carried.as_carried(), kWanted);
  ASSERT_EQ(applied.pointers.size(), 4U);
  EXPECT_EQ(applied.pointers[0], child.at(0));
  EXPECT_EQ(applied.pointers[1], child.at(1));
  EXPECT_EQ(applied.pointers[2], carried.at(0));
  EXPECT_STREQ(applied.pointers[3], "LD_PRELOAD=/o/libcovenv.so");
}

TEST(Environment, NeedsNoTextWhereAllEntriesAreBorrowed) {
  EnvironmentVector child{"A=1"};
  const EnvironmentVector entries{"COV_A=x"};
  const Carried carried = entries.as_carried();
  EXPECT_EQ(EnvironmentPlan(child.get(), carried, kUnknownPath).text_bytes(), 0U);
}

TEST(Environment, NullIsAnEmptyOne) {
  const EnvironmentVector carried{"COV_A=x"};
  EXPECT_THAT(apply(nullptr, carried.as_carried(), kUnknownPath).strings(), ElementsAre("COV_A=x"));
  EXPECT_THAT(apply(nullptr, carried.as_carried(), kWanted).strings(),
              ElementsAre("COV_A=x", "LD_PRELOAD=/o/libcovenv.so"));
  EXPECT_TRUE(EnvironmentPlan(nullptr, Carried(), kUnwanted).unchanged());
}

TEST(Environment, EmptyOneGetsWhatIsCarried) {
  EXPECT_THAT(result_of({}, {"COV_A=x"}), ElementsAre("COV_A=x"));
}

TEST(Environment, EntriesWithoutEqualsSignAreKeptAndDoNotCount) {
  EXPECT_THAT(
      result_of({"COV_A", "COV_", "", "LD_PRELOAD"}, {"COV_A=x"}, kWanted),
      ElementsAre("COV_A", "COV_", "", "LD_PRELOAD", "COV_A=x", "LD_PRELOAD=/o/libcovenv.so"));
}

TEST(Environment, EntriesWithoutNameAreKept) {
  EXPECT_THAT(result_of({"=x", "=", "=C:=C:\\", "=COV_A=1"}, {"COV_A=x"}),
              ElementsAre("=x", "=", "=C:=C:\\", "=COV_A=1", "COV_A=x"));
}

TEST(Environment, DuplicatesAreAllKept) {
  EXPECT_THAT(result_of({"COV_A=1", "X=1", "COV_A=2", "X=1"}, {"COV_A=3", "COV_B=4"}),
              ElementsAre("COV_A=1", "X=1", "COV_A=2", "X=1", "COV_B=4"));
}

TEST(Environment, BytesOfNoEncodingAreKept) {
  EXPECT_THAT(result_of({"\xff\xfe=\x80", "A=\xc3(\x01\n"}, {"COV_\xff=\xfe"}),
              ElementsAre("\xff\xfe=\x80", "A=\xc3(\x01\n", "COV_\xff=\xfe"));
}

TEST(Environment, NamesThatOnlyStartAlikeDoNotCount) {
  EXPECT_THAT(result_of({"COV_AB=1", "COV_=2", "cov_A=3"}, {"COV_A=x"}),
              ElementsAre("COV_AB=1", "COV_=2", "cov_A=3", "COV_A=x"));
}

TEST(Environment, CarriedNamesOfAnyFirstByteAreFoundInTheChild) {
  EXPECT_TRUE(
      is_unchanged({"\xff=1", "GOCOVERDIR=/own", "z=1"}, {"\xff=2", "GOCOVERDIR=/d", "z=2"}));
}

TEST(Environment, ValueOfAMegabyteIsBorrowed) {
  const std::string huge = "HUGE=" + std::string(1U << 20U, 'x');
  EnvironmentVector child{huge};
  const EnvironmentVector carried{"COV_A=" + std::string(1U << 20U, 'y')};
  const Applied applied = apply(child.get(), carried.as_carried(), kUnknownPath);
  ASSERT_EQ(applied.pointers.size(), 2U);
  EXPECT_EQ(applied.pointers[0], child.at(0));
  EXPECT_EQ(applied.pointers[1], carried.at(0));
}

TEST(Environment, PreloadListOfAMegabyteIsEdited) {
  const std::string list = "LD_PRELOAD=" + std::string(1U << 20U, 'x');
  EXPECT_THAT(result_of({list}, {}, kWanted), ElementsAre(list + ":/o/libcovenv.so"));
}

class EnvironmentOfSize : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EnvironmentOfSize, KeepsAllItsEntriesAndGetsWhatItLacks) {
  Strings entries;
  for (std::size_t i = 0; i < GetParam(); ++i) entries.push_back("V" + std::to_string(i) + "=x");
  Strings expected = entries;
  expected.emplace_back("COV_A=x");
  expected.emplace_back("LD_PRELOAD=/o/libcovenv.so");
  EXPECT_EQ(result_of(EnvironmentVector::of(entries), {"COV_A=x"}, kWanted), expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EnvironmentOfSize,
                         ::testing::Values(0U, 1U, 2U, 63U, 64U, 65U, 1000U, 10000U));

TEST(Environment, TakesAsManyCarriedEntriesAsThereCanBe) {
  Strings entries;
  for (std::size_t i = 0; i < Carried::kCapacity; ++i) {
    entries.push_back("COV_" + std::to_string(i) + "=x");
  }
  EXPECT_EQ(result_of({}, EnvironmentVector::of(entries)), entries);
  EXPECT_TRUE(is_unchanged(EnvironmentVector::of(entries), EnvironmentVector::of(entries)));
  Strings lacking_last = entries;
  lacking_last.pop_back();
  EXPECT_EQ(result_of(EnvironmentVector::of(lacking_last), EnvironmentVector::of(entries)),
            entries);
}

TEST(EnvironmentGroups, OnePresentIsFilledUp) {
  EXPECT_THAT(result_of({"COV_CORE_SOURCE=own"},
                        {"COV_CORE_SOURCE=.", "COV_CORE_CONFIG=:", "COV_CORE_DATAFILE=d"}),
              ElementsAre("COV_CORE_SOURCE=own", "COV_CORE_CONFIG=:", "COV_CORE_DATAFILE=d"));
}

TEST(EnvironmentGroups, AnEmptyValueOptsTheWholeGroupOut) {
  EXPECT_THAT(
      result_of({"COV_CORE_SOURCE="},
                {"COV_CORE_SOURCE=.", "COV_CORE_CONFIG=:", "COV_CORE_DATAFILE=d", "COV_X=1"}),
      ElementsAre("COV_CORE_SOURCE=", "COV_X=1"));
}

TEST(EnvironmentGroups, AnEmptyMemberThatIsNotCarriedOptsOutToo) {
  EXPECT_THAT(result_of({"COV_CORE_CONTEXT="}, {"COV_CORE_SOURCE=."}),
              ElementsAre("COV_CORE_CONTEXT="));
}

TEST(EnvironmentGroups, AnEmptyValueOfNoGroupOptsOnlyItselfOut) {
  EXPECT_THAT(result_of({"COVERAGE_FILE="}, {"COVERAGE_FILE=x", "COVERAGE_RCFILE=y"}),
              ElementsAre("COVERAGE_FILE=", "COVERAGE_RCFILE=y"));
}

TEST(EnvironmentGroups, OneWayToStartCoverageExcludesTheOther) {
  EXPECT_TRUE(is_unchanged({"COVERAGE_PROCESS_START=/own"}, {"COVERAGE_PROCESS_CONFIG={}"}));
  EXPECT_TRUE(is_unchanged({"COVERAGE_PROCESS_CONFIG={}"}, {"COVERAGE_PROCESS_START=/rc"}));
}

TEST(EnvironmentGroups, BothWaysTravelToAChildThatHasNeither) {
  EXPECT_THAT(result_of({}, {"COVERAGE_PROCESS_START=/rc", "COVERAGE_PROCESS_CONFIG={}"}),
              ElementsAre("COVERAGE_PROCESS_START=/rc", "COVERAGE_PROCESS_CONFIG={}"));
}

TEST(EnvironmentGroups, OtherGroupsAreNotConcerned) {
  EXPECT_THAT(result_of({"COV_CORE_SOURCE=", "NYC_CONFIG="},
                        {"GCOV_PREFIX=/p", "NYC_CWD=/w", "COVERAGE_PROCESS_START=/rc"}),
              ElementsAre("COV_CORE_SOURCE=", "NYC_CONFIG=", "GCOV_PREFIX=/p",
                          "COVERAGE_PROCESS_START=/rc"));
}

class DisabledInTheChild : public ::testing::TestWithParam<const char*> {};

TEST_P(DisabledInTheChild, LeavesItAsItIs) {
  EXPECT_TRUE(is_unchanged({"A=1", GetParam(), "LD_PRELOAD=/a.so"}, {"COV_A=x"}, kWanted));
  EXPECT_TRUE(is_unchanged({GetParam(), "LD_PRELOAD=/o/libcovenv.so"}, {"COV_A=x"}, kUnwanted));
}

INSTANTIATE_TEST_SUITE_P(Values, DisabledInTheChild,
                         ::testing::Values("COVENV_DISABLE=1", "COVENV_DISABLE=true",
                                           "COVENV_DISABLE=yes", "COVENV_DISABLE=on"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

class NotDisabledInTheChild : public ::testing::TestWithParam<const char*> {};

TEST_P(NotDisabledInTheChild, GetsWhatItLacks) {
  EXPECT_THAT(result_of({GetParam()}, {"COV_A=x"}, kWanted),
              ElementsAre(GetParam(), "COV_A=x", "LD_PRELOAD=/o/libcovenv.so"));
}

INSTANTIATE_TEST_SUITE_P(Values, NotDisabledInTheChild,
                         ::testing::Values("COVENV_DISABLE=0", "COVENV_DISABLE=", "COVENV_DISABLE",
                                           "COVENV_DISABLE=maybe", "XCOVENV_DISABLE=1",
                                           "COVENV_DISABLED=1"),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(EnvironmentPreload, IsAddedLast) {
  EXPECT_THAT(result_of({"A=1"}, {"COV_A=x"}, kWanted),
              ElementsAre("A=1", "COV_A=x", "LD_PRELOAD=/o/libcovenv.so"));
}

TEST(EnvironmentPreload, IsAddedWhereNothingIsCarried) {
  EXPECT_THAT(result_of({"A=1"}, {}, kWanted), ElementsAre("A=1", "LD_PRELOAD=/o/libcovenv.so"));
}

TEST(EnvironmentPreload, IsNotAddedWhereUnwantedOrUnknown) {
  EXPECT_TRUE(is_unchanged({"A=1"}, {}, kUnwanted));
  EXPECT_TRUE(is_unchanged({"A=1"}, {}, kUnknownPath));
}

TEST(EnvironmentPreload, IsEditedWhereItStands) {
  EXPECT_THAT(result_of({"LD_PRELOAD=/a.so", "B=1"}, {"COV_A=x"}, kWanted),
              ElementsAre("LD_PRELOAD=/a.so:/o/libcovenv.so", "B=1", "COV_A=x"));
}

TEST(EnvironmentPreload, ThatIsRightIsTheVeryPointer) {
  EnvironmentVector child{"LD_PRELOAD=/a.so:/o/libcovenv.so"};
  const EnvironmentVector carried{"COV_A=x"};
  const Applied applied = apply(child.get(), carried.as_carried(), kWanted);
  EXPECT_EQ(applied.pointers[0], child.at(0));
}

TEST(EnvironmentPreload, AnEmptyListIsAnOptOut) {
  EXPECT_TRUE(is_unchanged({"LD_PRELOAD="}, {}, kWanted));
  EXPECT_THAT(result_of({"LD_PRELOAD="}, {"COV_A=x"}, kWanted),
              ElementsAre("LD_PRELOAD=", "COV_A=x"));
}

TEST(EnvironmentPreload, OfOursAloneGoesWhereUnwanted) {
  EXPECT_THAT(result_of({"A=1", "LD_PRELOAD=/o/libcovenv.so", "B=2"}, {"COV_A=x"}, kUnwanted),
              ElementsAre("A=1", "B=2", "COV_A=x"));
}

TEST(EnvironmentPreload, OfOursAloneIsAllThatGoes) {
  EXPECT_THAT(result_of({"LD_PRELOAD=/o/libcovenv.so"}, {}, kUnwanted), IsEmpty());
}

TEST(EnvironmentPreload, OfSeveralTheLastIsEditedWhichLoadersObey) {
  EXPECT_THAT(result_of({"LD_PRELOAD=/a.so", "X=1", "LD_PRELOAD=/b.so"}, {}, kWanted),
              ElementsAre("LD_PRELOAD=/a.so", "X=1", "LD_PRELOAD=/b.so:/o/libcovenv.so"));
  EXPECT_THAT(result_of({"LD_PRELOAD=/o/libcovenv.so", "LD_PRELOAD=/b.so"}, {}, kWanted),
              ElementsAre("LD_PRELOAD=/o/libcovenv.so", "LD_PRELOAD=/b.so:/o/libcovenv.so"));
}

TEST(EnvironmentPreload, OfSeveralAnEmptyLastIsAnOptOut) {
  EXPECT_TRUE(is_unchanged({"LD_PRELOAD=/a.so", "LD_PRELOAD="}, {}, kWanted));
}

/// The LD_PRELOAD that the loader obeys: the last one.
std::string obeyed_preload(const Strings& environment) {
  std::string obeyed;
  for (const std::string& entry : environment) {
    if (entry.starts_with("LD_PRELOAD=")) obeyed = entry.substr(11);
  }
  return obeyed;
}

TEST(EnvironmentPreload, OfSeveralNoEarlierOneComesIntoForceWhereTheLastGoes) {
  EXPECT_EQ(
      obeyed_preload(result_of({"LD_PRELOAD=/a.so", "LD_PRELOAD=/o/libcovenv.so"}, {}, kUnwanted)),
      "");
  EXPECT_EQ(obeyed_preload(result_of({"LD_PRELOAD=/o/libcovenv.so", "LD_PRELOAD=/o/libcovenv.so"},
                                     {}, kUnwanted)),
            "");
}

TEST(EnvironmentPreload, NamesThatOnlyStartAlikeAreNotTouched) {
  EXPECT_THAT(result_of({"LD_PRELOAD_X=/a.so", "LD_PRELOA=1"}, {}, kWanted),
              ElementsAre("LD_PRELOAD_X=/a.so", "LD_PRELOA=1", "LD_PRELOAD=/o/libcovenv.so"));
}

// The oracle: the rules of the header, written a second time without the code under test.
namespace oracle {

struct Entry {
  std::string name;
  std::string value;
  bool has_value;
};

Entry split(const std::string& entry) {
  const std::size_t equals = entry.find('=');
  if (equals == std::string::npos) return {entry, "", false};
  return {entry.substr(0, equals), entry.substr(equals + 1), true};
}

std::string group(const std::string& name) {
  for (const char* prefix : {"COV_CORE_", "COVERAGE_PROCESS_", "GCOV_PREFIX", "NYC_"}) {
    if (name.compare(0, std::string(prefix).size(), prefix) == 0) return prefix;
  }
  return name;
}

bool is_ours(const std::string& item) {
  return item == "libcovenv.so" ||
         (item.size() >= 13 && item.substr(item.size() - 13) == "/libcovenv.so");
}

struct Item {
  std::string separators;
  std::string text;
};

std::vector<Item> items(const std::string& list) {
  std::vector<Item> found;
  bool in_item = true;
  for (const char byte : list) {
    const bool separates = byte == ':' || byte == ' ';
    if (found.empty() || (separates && in_item)) found.emplace_back();
    in_item = !separates;
    (separates ? found.back().separators : found.back().text) += byte;
  }
  return found;
}

std::string edit(const std::string& list, bool wanted) {
  const std::vector<Item> all = items(list);
  const bool some_ours =
      std::any_of(all.begin(), all.end(), [](const Item& item) { return is_ours(item.text); });
  const bool some_stale = std::any_of(all.begin(), all.end(), [](const Item& item) {
    return is_ours(item.text) && item.text[0] != '/' && item.text != "libcovenv.so";
  });
  if (list.empty() || (wanted ? some_ours && !some_stale : !some_ours)) return list;
  std::string result;
  bool have_ours = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is_ours(all[i].text)) {
      result += (i > 0 && result.empty() ? "" : all[i].separators) + all[i].text;
    } else if (wanted && !have_ours) {
      result += all[i].separators + std::string(kOurs);
      have_ours = true;
    }
  }
  if (wanted && !have_ours) result += (result.empty() ? "" : ":") + std::string(kOurs);
  return result;
}

/// The child's environment by the rules. nullopt if the last of several LD_PRELOAD is dropped, for
/// which there is another test.
std::optional<Strings> environment(const Strings& child, const Strings& carried, bool wanted) {
  std::size_t preload = child.size();
  std::size_t preload_count = 0;
  for (std::size_t i = 0; i < child.size(); ++i) {
    const Entry entry = split(child[i]);
    const std::string& value = entry.value;
    if (entry.name == "COVENV_DISABLE" && (value == "1" || value == "true")) return child;
    if (entry.name == "LD_PRELOAD" && entry.has_value) {
      preload = i;
      ++preload_count;
    }
  }
  Strings result;
  for (std::size_t i = 0; i < child.size(); ++i) {
    if (i != preload) {
      result.push_back(child[i]);
      continue;
    }
    const std::string before = split(child[i]).value;
    const std::string after = edit(before, wanted);
    const bool is_left = after.find_first_not_of(" :") != std::string::npos || after == before;
    if (is_left) {
      result.push_back("LD_PRELOAD=" + after);
    } else if (preload_count > 1) {
      return std::nullopt;
    }
  }
  for (const std::string& candidate : carried) {
    const std::string name = split(candidate).name;
    const bool is_blocked = std::any_of(child.begin(), child.end(), [&](const std::string& text) {
      const Entry entry = split(text);
      if (!entry.has_value) return false;
      if (entry.name == name) return true;
      return group(entry.name) == group(name) &&
             (entry.value.empty() || group(name) == "COVERAGE_PROCESS_");
    });
    if (!is_blocked) result.push_back(candidate);
  }
  if (preload == child.size() && wanted) result.push_back("LD_PRELOAD=" + std::string(kOurs));
  return result;
}

}  // namespace oracle

class RandomEnvironments {
 public:
  explicit RandomEnvironments(unsigned seed) : random_(seed) {}

  Strings child() {
    Strings entries(below(12));
    for (std::string& entry : entries) {
      entry = pick(kNames);
      if (below(8) != 0) entry += "=" + (entry == "LD_PRELOAD" ? preload_list() : pick(kValues));
    }
    return entries;
  }

  Strings carried() {
    std::vector<std::string> names(std::begin(kCarriedNames), std::end(kCarriedNames));
    std::shuffle(names.begin(), names.end(), random_);
    names.resize(below(names.size() + 1));
    for (std::string& name : names) name += "=" + std::to_string(below(100));
    return names;
  }

  bool flip() { return below(2) == 0; }

 private:
  static constexpr const char* kNames[] = {"COV_CORE_SOURCE",
                                           "COV_CORE_CONFIG",
                                           "COVERAGE_PROCESS_START",
                                           "COVERAGE_PROCESS_CONFIG",
                                           "COVENV_DISABLE",
                                           "LD_PRELOAD",
                                           "LD_PRELOAD",
                                           "GCOV_PREFIX_STRIP",
                                           "NYC_CWD",
                                           "PATH",
                                           "C",
                                           "",
                                           "COVERAGE_FILE",
                                           "L",
                                           "COV_CORE_",
                                           "\xff"};
  static constexpr const char* kCarriedNames[] = {"COV_CORE_SOURCE",
                                                  "COV_CORE_CONFIG",
                                                  "COV_CORE_DATAFILE",
                                                  "COVERAGE_PROCESS_START",
                                                  "COVERAGE_PROCESS_CONFIG",
                                                  "COVERAGE_FILE",
                                                  "GCOV_PREFIX",
                                                  "GCOV_PREFIX_STRIP",
                                                  "NYC_CONFIG",
                                                  "GOCOVERDIR",
                                                  "\xff"};
  static constexpr const char* kValues[] = {"",    "",         "1", "0",    "true",
                                            "x=y", "\xfe\x80", "=", "a:b c"};
  static constexpr const char* kItems[] = {"/o/libcovenv.so",
                                           "libcovenv.so",
                                           "./libcovenv.so",
                                           "/a.so",
                                           "b.so",
                                           "/x/libcovenv.so.1",
                                           ":",
                                           " ",
                                           ""};

  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <std::size_t kSize>
  std::string pick(const char* const (&from)[kSize]) {
    return from[below(kSize)];
  }
  std::string preload_list() {
    std::string list;
    for (std::size_t left = below(5); left != 0; --left)
      list += pick(kItems) + (flip() ? ":" : " ");
    if (!list.empty() && flip()) list.pop_back();
    return list;
  }

  std::mt19937 random_;
};

TEST(EnvironmentProperty, AgreesWithTheOracle) {
  RandomEnvironments random(20240117);
  for (int round = 0; round < 30000; ++round) {
    const Strings child = random.child();
    const Strings carried = random.carried();
    const bool wanted = random.flip();
    EnvironmentVector child_vector = EnvironmentVector::of(child);
    const EnvironmentVector carried_vector = EnvironmentVector::of(carried);
    const Applied applied =
        apply(child_vector.get(), carried_vector.as_carried(), {.path = kOurs, .wanted = wanted});
    const std::optional<Strings> expected = oracle::environment(child, carried, wanted);
    if (!expected) continue;
    ASSERT_EQ(applied.strings(), *expected)
        << "round " << round << ", child " << ::testing::PrintToString(child) << ", carried "
        << ::testing::PrintToString(carried) << (wanted ? ", wanted" : ", unwanted");
    ASSERT_EQ(applied.unchanged, *expected == child) << "round " << round;
  }
}

TEST(EnvironmentProperty, EntriesOfTheChildAreBorrowedOrThePreloadList) {
  RandomEnvironments random(7);
  for (int round = 0; round < 2000; ++round) {
    const Strings child = random.child();
    EnvironmentVector child_vector = EnvironmentVector::of(child);
    const EnvironmentVector carried_vector = EnvironmentVector::of(random.carried());
    const Applied applied = apply(child_vector.get(), carried_vector.as_carried(), kWanted);
    ASSERT_GE(applied.pointers.size(), child_vector.size());
    for (std::size_t i = 0; i < child_vector.size(); ++i) {
      if (!child[i].starts_with("LD_PRELOAD=")) {
        ASSERT_EQ(applied.pointers[i], child_vector.at(i));
      }
    }
  }
}

}  // namespace
}  // namespace covenv
