// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gcov_image.h"

namespace covenv {
namespace {

using testing::FakeFunction;
using testing::FakeUnit;
using testing::gcov_words;
using testing::GcovImage;

constexpr std::uint32_t kVersion11 = 0x4231332a;  // B13*
constexpr std::uint32_t kVersion12 = 0x4232322a;
constexpr std::uint32_t kVersion13 = 0x4233332a;
constexpr std::uint32_t kVersion14 = 0x4234322a;
constexpr std::uint32_t kVersion15 = 0x4235322a;
constexpr std::uint32_t kVersionClang = 0x3430382a;  // 408*
constexpr std::uint32_t kMagic = 0x67636461;

/// An image whose memory and file are read.
class Opened {
 public:
  explicit Opened(GcovImage image)
      : memory_(image.memory(), GcovImage::kBias), elf_(image.file()), room_(GcovProgram::kRoom) {
    is_found_ =
        find_gcov({.file = elf_.file(), .memory = memory_.source(), .bias = GcovImage::kBias},
                  room_, program_);
    reads_ = memory_.reads();
  }

  bool is_found() const { return is_found_; }
  int reads() const { return reads_; }
  int file_reads() { return elf_.bytes().reads(); }
  GcovProgram& program() { return program_; }

  GcovUnit unit(std::size_t index = 0) {
    GcovUnit unit;
    EXPECT_TRUE(program_.read_unit(index, unit));
    return unit;
  }

  /// The file behind one more run.
  std::string after(const std::string& old, std::size_t index = 0) {
    GcovSurvey survey;
    EXPECT_TRUE(survey_gcov(program_, survey));
    GcovRun run = {.run_max = survey.run_max, .is_run_counted = program_.is_run_counted()};
    std::string contents(survey.largest_file + old.size(), 'x');
    const GcovData data = make_gcov_data(program_, unit(index), run, old, contents);
    outcome_ = data.outcome;
    contents.resize(data.size);
    return contents;
  }

  GcovOutcome outcome_after(const std::string& old) {
    after(old);
    return outcome_;
  }

 private:
  testing::Bytes memory_;
  testing::OpenedElf elf_;
  std::vector<char> room_;
  GcovProgram program_;
  bool is_found_ = false;
  int reads_ = 0;
  GcovOutcome outcome_ = GcovOutcome::kMade;
};

/// Two functions, the second of which never ran.
FakeUnit unit_of(std::uint32_t version, std::uint32_t kinds_count = 8) {
  return {.version = version,
          .kinds_count = kinds_count,
          .functions = {{.ident = 7, .counters = {{5, 0x100000001}}},
                        {.ident = 8, .counters = {{0, 0, 0}}}}};
}

GcovImage gcc_image(const FakeUnit& unit) {
  GcovImage image;
  image.add_gcc(unit);
  return image;
}

GcovImage clang_image(FakeUnit unit) {
  unit.version = kVersionClang;
  GcovImage image;
  image.add_clang(unit);
  return image;
}

const std::string kNew11 =
    gcov_words({kMagic, kVersion11, 0x1111,     0xa1000000, 2, 1, 1, 0x01000000, 3, 7, 2,
                3,      0x01a10000, 4,          5,          0, 1, 1, 0x01000000, 3, 8, 2,
                3,      0x01a10000, 0xfffffffa, 0});
const std::string kNew12 =
    gcov_words({kMagic, kVersion12, 0x1111,     0x2222,     0xa1000000, 8, 1, 1, 0x01000000, 12, 7,
                2,      3,          0x01a10000, 16,         5,          0, 1, 1, 0x01000000, 12, 8,
                2,      3,          0x01a10000, 0xffffffe8, 0});
const std::string kTwice12 =
    gcov_words({kMagic, kVersion12, 0x1111,     0x2222,     0xa1000000, 8, 2, 2, 0x01000000, 12, 7,
                2,      3,          0x01a10000, 16,         10,         0, 2, 2, 0x01000000, 12, 8,
                2,      3,          0x01a10000, 0xffffffe8, 0});

TEST(GcovData, CountsLengthsInWordsUpToGcc11) {
  Opened opened(gcc_image(unit_of(kVersion11)));
  EXPECT_EQ(opened.after(""), kNew11);
}

TEST(GcovData, HasAChecksumAndLengthsInBytesFromGcc12On) {
  Opened opened(gcc_image(unit_of(kVersion12)));
  EXPECT_EQ(opened.after(""), kNew12);
}

TEST(GcovData, AddsCountersRunsAndTheLargestCounter) {
  Opened opened(gcc_image(unit_of(kVersion12)));
  EXPECT_EQ(opened.after(kNew12), kTwice12);
}

TEST(GcovData, MergesConditionsAndPathsByOr) {
  FakeUnit unit = {.version = kVersion15,
                   .kinds_count = 10,
                   .kinds = 1U << 0U | 1U << 8U | 1U << 9U,
                   .functions = {{.counters = {{1}, {0b0101, 0}, {0b1000}}}}};
  const auto contents = [](std::uint32_t runs, std::uint32_t arcs, std::uint32_t conditions,
                           std::uint32_t paths) {
    return gcov_words(
        {kMagic, kVersion15, 0x1111,     0x2222, 0xa1000000, 8, runs,       1,  0x01000000, 12, 1,
         2,      3,          0x01a10000, 8,      arcs,       0, 0x01b10000, 16, conditions, 0,  0,
         0,      0x01b30000, 8,          paths,  0,          0});
  };
  Opened opened(gcc_image(unit));
  EXPECT_EQ(opened.after(""), contents(1, 1, 0b0101, 0b1000));
  std::string expected = contents(2, 10, 0b0111, 0b1001);
  expected[28] = 2;  // the sum of the largest counters
  EXPECT_EQ(opened.after(contents(1, 9, 0b0011, 0b0001)), expected);
}

TEST(GcovData, KnowsConditionsFromGcc14On) {
  FakeUnit unit = {.version = kVersion14,
                   .kinds_count = 9,
                   .kinds = 1U << 0U | 1U << 8U,
                   .functions = {{.counters = {{1}, {3}}}}};
  Opened opened(gcc_image(unit));
  EXPECT_EQ(opened.after(""),
            gcov_words({kMagic,     kVersion14, 0x1111, 0x2222, 0xa1000000, 8,          1, 1,
                        0x01000000, 12,         1,      2,      3,          0x01a10000, 8, 1,
                        0,          0x01b10000, 8,      3,      0,          0}));
}

TEST(GcovData, WritesAnAbsentFunctionIfAnotherUnitsCopyCounts) {
  FakeUnit unit = unit_of(kVersion12);
  unit.functions[0].is_own = false;
  Opened opened(gcc_image(unit));
  EXPECT_EQ(opened.after(""),
            gcov_words({kMagic, kVersion12, 0x1111, 0x2222, 0xa1000000, 8, 1, 1, 0x01000000, 0,
                        0x01000000, 12, 8, 2, 3, 0x01a10000, 0xffffffe8, 0}))
      << "the largest counter is that of the copy";
}

TEST(GcovData, KeepsAFunctionOfTheFileIfAnotherUnitsCopyCounts) {
  FakeUnit unit = unit_of(kVersion12);
  unit.functions[0].is_own = false;
  unit.functions[1].is_own = false;
  Opened opened(gcc_image(unit));
  std::string expected = kNew12;
  expected[24] = 2;
  expected[28] = 2;
  EXPECT_EQ(opened.after(kNew12), expected) << "also one whose counters are all 0";
}

TEST(GcovData, AddsToAFunctionThatIsAbsentInTheFile) {
  FakeUnit other = unit_of(kVersion12);
  other.functions[0].is_own = false;
  Opened first(gcc_image(other));
  Opened second(gcc_image(unit_of(kVersion12)));
  std::string expected = kNew12;
  expected[24] = 2;
  expected[28] = 2;
  EXPECT_EQ(second.after(first.after("")), expected);
}

TEST(GcovData, OverwritesAFileOfAnotherCompilationAndKeepsWhatLiesBehind) {
  Opened opened12(gcc_image(unit_of(kVersion12)));
  std::string old = kNew12 + "behind";
  old[8] = 9;
  EXPECT_EQ(opened12.after(old), kTwice12 + "behind") << "from gcc 12 on the stamp says nothing";
  old[12] = 9;
  EXPECT_EQ(opened12.after(old).substr(0, kNew12.size()), kNew12);
  EXPECT_EQ(opened12.after(old).substr(kNew12.size()), "behind");
  Opened opened11(gcc_image(unit_of(kVersion11)));
  old = kNew11;
  old[8] = 9;
  EXPECT_EQ(opened11.after(old), kNew11);
}

TEST(GcovData, DoesNotCountARunTwice) {
  GcovImage image = gcc_image(unit_of(kVersion12));
  image.flags = 2;
  Opened opened(image);
  EXPECT_FALSE(opened.program().has_dumped());
  std::string expected = kTwice12;
  expected[24] = 1;
  expected[28] = 1;
  EXPECT_EQ(opened.after(kNew12), expected);
}

TEST(GcovData, RefusesWhatTheRuntimeWouldNotMerge) {
  Opened opened(gcc_image(unit_of(kVersion12)));
  EXPECT_EQ(opened.outcome_after("#!/bin/sh\n"), GcovOutcome::kForeignFile);
  std::string old = kNew12;
  old[5] = '1';
  EXPECT_EQ(opened.outcome_after(old), GcovOutcome::kOtherVersion);
  for (const std::size_t word : {4U, 5U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 25U, 26U}) {
    old = kNew12;
    old.replace(word * 4, 4, std::string("\0\0\1\0", 4));
    if (word == 5) old.replace(word * 4, 4, 4, '\0');
    EXPECT_EQ(opened.outcome_after(old), GcovOutcome::kMismatch) << "word " << word;
  }
  EXPECT_EQ(opened.after(kNew12), kTwice12);
}

TEST(GcovData, TreatsACutFileAsTheRuntimeDoes) {
  Opened opened(gcc_image(unit_of(kVersion12)));
  EXPECT_EQ(opened.after(std::string(3, 'x')), kNew12) << "no whole word";
  EXPECT_EQ(opened.after(kNew12.substr(0, kNew12.size() - 4)), kTwice12) << "only the end is gone";
  for (std::size_t size = 16; size + 4 < kNew12.size(); size += 4) {
    const bool ends_behind_tag = size == 80;  // then the length reads as that of an absent function
    EXPECT_EQ(opened.outcome_after(kNew12.substr(0, size)),
              ends_behind_tag ? GcovOutcome::kMade : GcovOutcome::kMismatch)
        << size;
  }
}

TEST(GcovData, MergesCountersThatAreCutUpToGcc12) {
  FakeUnit unit = {.version = kVersion12, .functions = {{.counters = {{1, 2, 3}}}}};
  Opened old_opened(gcc_image(unit));
  const std::string whole = old_opened.after("");
  const std::string cut = whole.substr(0, whole.size() - 4 - 8);
  std::string expected = old_opened.after(whole);
  expected[expected.size() - 12] = 3;
  EXPECT_EQ(old_opened.after(cut), expected);
  unit.version = kVersion13;
  Opened opened(gcc_image(unit));
  std::string newer = cut;
  newer.replace(4, 4, gcov_words({kVersion13}));
  EXPECT_EQ(opened.outcome_after(newer), GcovOutcome::kMismatch);
}

TEST(GcovData, RefusesTheCountersOfProfileGenerate) {
  FakeUnit unit = unit_of(kVersion12);
  unit.kinds |= 1U << 3U;
  for (FakeFunction& function : unit.functions) function.counters.push_back({1, 2, 3});
  Opened opened(gcc_image(unit));
  EXPECT_EQ(opened.outcome_after(""), GcovOutcome::kUnsupported);
}

TEST(GcovData, NeedsRoom) {
  for (const GcovImage& image :
       {gcc_image(unit_of(kVersion12)), clang_image(unit_of(kVersionClang))}) {
    Opened opened(image);
    const std::size_t needed = opened.after("").size();
    GcovSurvey survey;
    ASSERT_TRUE(survey_gcov(opened.program(), survey));
    EXPECT_GE(survey.largest_file, needed);
    for (std::size_t size = 0; size <= survey.largest_file; ++size) {
      GcovRun run;
      std::string contents(size, 'x');
      const GcovData data = make_gcov_data(opened.program(), opened.unit(), run, {}, contents);
      const bool is_enough = size >= survey.largest_file;
      const bool is_made = data.outcome == GcovOutcome::kMade;
      EXPECT_TRUE(is_made || data.outcome == GcovOutcome::kNoRoom);
      EXPECT_TRUE(is_enough ? is_made : size >= needed || !is_made) << size;
    }
  }
}

TEST(GcovData, OfClangAddsInPlace) {
  const auto contents = [](std::uint32_t runs, std::uint32_t counter) {
    return gcov_words({kMagic,      kVersionClang,
                       0x1111,      0x01000000,
                       3,           7,
                       2,           3,
                       0x01a10000,  4,
                       counter,     0,
                       counter / 5, counter / 5,
                       0x01000000,  3,
                       8,           2,
                       3,           0x01a10000,
                       6,           0,
                       0,           0,
                       0,           0,
                       0,           0xa3000000,
                       3,           0,
                       0,           runs,
                       0,           0});
  };
  Opened opened(clang_image(unit_of(kVersionClang)));
  EXPECT_EQ(opened.program().maker(), GcovMaker::kClang);
  EXPECT_EQ(opened.after(""), contents(1, 5));
  EXPECT_EQ(opened.after(contents(1, 5)), contents(2, 10));
  EXPECT_EQ(opened.after(contents(1, 5) + "behind"), contents(2, 10) + "behind");
  const std::string without_end = contents(1, 5).substr(0, contents(1, 5).size() - 6);
  EXPECT_EQ(opened.after(without_end), contents(2, 10).substr(0, without_end.size()));
  EXPECT_EQ(opened.outcome_after("#!/bin/sh\n"), GcovOutcome::kMismatch);
  const std::size_t summary_at = without_end.size() - 22;
  for (std::size_t size = 1; size < summary_at + 4; ++size) {
    EXPECT_EQ(opened.outcome_after(without_end.substr(0, size)), GcovOutcome::kMismatch) << size;
  }
  for (std::size_t size = summary_at + 4; size < summary_at + 16; ++size) {
    EXPECT_EQ(opened.after(without_end.substr(0, size)), contents(2, 10).substr(0, size));
  }
}

TEST(GcovData, OfClangCountsTheRunInTheFirstFile) {
  GcovImage image = clang_image(unit_of(kVersionClang));
  FakeUnit second = unit_of(kVersionClang);
  second.name = "/tmp/b.gcda";
  image.add_clang(second);
  Opened opened(image);
  ASSERT_EQ(opened.program().units_count(), 2U);
  const std::string first_run = opened.after("");
  GcovRun run;
  for (const std::size_t index : {0U, 1U}) {
    std::string contents(first_run.size() * 2, 'x');
    const GcovData data =
        make_gcov_data(opened.program(), opened.unit(index), run, first_run, contents);
    ASSERT_EQ(data.outcome, GcovOutcome::kMade);
    EXPECT_EQ(contents[data.size - 12], index == 0 ? 2 : 1);
  }
}

TEST(GcovProgram, FindsTheUnitsWithAndWithoutSymbols) {
  for (const bool has_symbols : {false, true}) {
    GcovImage image = gcc_image(unit_of(kVersion12));
    FakeUnit second = unit_of(kVersion12);
    second.name = "/tmp/second.gcda";
    second.stamp = 99;
    image.add_gcc(second);
    image.has_symbols = has_symbols;
    image.flags = 1;
    Opened opened(image);
    ASSERT_TRUE(opened.is_found());
    EXPECT_TRUE(opened.program().has_dumped());
    EXPECT_FALSE(opened.program().is_run_counted());
    ASSERT_EQ(opened.program().units_count(), 2U);
    EXPECT_EQ(opened.unit(0).stamp, 99U);
    EXPECT_EQ(opened.unit(1).stamp, 0x1111U);
    EXPECT_EQ(opened.unit(0).functions_count, 2U);
    const std::span<const char> name = opened.program().read_name(opened.unit(0));
    EXPECT_EQ(std::string(name.begin(), name.end()), "/tmp/second.gcda");
    EXPECT_LE(opened.reads(), 12);
  }
}

TEST(GcovProgram, KnowsWhetherClangsRuntimeHasCountedTheRun) {
  for (const bool is_counted : {false, true}) {
    GcovImage image = clang_image(unit_of(kVersionClang));
    image.has_symbols = true;
    image.run_counted = is_counted ? 1 : 0;
    EXPECT_EQ(Opened(image).program().is_run_counted(), is_counted);
  }
}

TEST(GcovProgram, IsNotThereIfNoConstructorHasRun) {
  for (const bool has_symbols : {false, true}) {
    GcovImage image = gcc_image(unit_of(kVersion12));
    image.has_symbols = has_symbols;
    image.is_constructed = false;
    EXPECT_FALSE(Opened(image).is_found());
  }
}

TEST(GcovProgram, IsRefusedByTheSectionHeadersIfThereAreNoDestructors) {
  GcovImage image = gcc_image(unit_of(kVersion12));
  image.destructors = 1;
  image.has_symbols = true;
  Opened opened(image);
  EXPECT_FALSE(opened.is_found());
  EXPECT_EQ(opened.reads(), 0);
  EXPECT_EQ(opened.file_reads(), 3) << "what ElfFile reads";
}

TEST(GcovProgram, IsNotThereIfTheUnitsAreOfAnUnknownRelease) {
  for (const std::uint32_t version : {0x4231302aU, 0x4139302aU, 0x4237312aU, 0x42323265U, 0U}) {
    const bool is_known = version == 0x4231302aU;
    EXPECT_EQ(Opened(gcc_image(unit_of(version))).is_found(), is_known) << std::hex << version;
  }
}

TEST(GcovProgram, SurvivesAListWithoutAnEnd) {
  GcovImage image = gcc_image(unit_of(kVersion12));
  std::string memory = image.memory();
  const std::uint64_t info = memory.find("*22B", GcovImage::kData * GcovImage::kSection);
  ASSERT_NE(info, std::string::npos);
  const std::uint64_t address = GcovImage::kBias + info;
  std::memcpy(&memory[info + 8], &address, 8);
  testing::Bytes bytes(memory, GcovImage::kBias);
  const testing::OpenedElf elf(image.file());
  std::vector<char> room(GcovProgram::kRoom);
  GcovProgram program;
  EXPECT_FALSE(find_gcov({.file = elf.file(), .memory = bytes.source(), .bias = GcovImage::kBias},
                         room, program));
}

TEST(GcovProgram, RefusesCountersWithoutAnEnd) {
  FakeUnit unit = unit_of(kVersion12);
  unit.functions[1].counters = {std::vector<std::uint64_t>(3, 0xabcdef)};
  GcovImage image = gcc_image(unit);
  std::string memory = image.memory();
  for (const std::uint32_t count : {0x7fffffffU, 0xffffffffU, 0x10000U}) {
    const std::string wanted = gcov_words({8, 2, 3, 0});
    const std::size_t function = memory.find(wanted);
    ASSERT_NE(function, std::string::npos);
    std::memcpy(&memory[function + 16], &count, 4);
    testing::Bytes bytes(memory, GcovImage::kBias);
    const testing::OpenedElf elf(image.file());
    std::vector<char> room(GcovProgram::kRoom);
    GcovProgram program;
    ASSERT_TRUE(find_gcov({.file = elf.file(), .memory = bytes.source(), .bias = GcovImage::kBias},
                          room, program));
    GcovSurvey survey;
    EXPECT_FALSE(survey_gcov(program, survey)) << count;
    GcovUnit read;
    ASSERT_TRUE(program.read_unit(0, read));
    GcovRun run;
    std::string contents(1U << 20U, 'x');
    EXPECT_EQ(make_gcov_data(program, read, run, {}, contents).outcome, GcovOutcome::kUnreadable);
  }
}

}  // namespace
}  // namespace covenv
