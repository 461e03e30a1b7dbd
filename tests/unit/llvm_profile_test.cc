// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "llvm_image.h"

namespace covenv {
namespace {

using ::testing::Eq;
using testing::LlvmFunction;
using testing::LlvmImage;
using testing::LoadedImage;

bool is_found(const LlvmImage& image) { return LoadedImage(image).is_found(); }

std::string pattern_of(const LlvmImage& image) {
  LoadedImage loaded(image);
  std::vector<char> room(4096);
  std::string_view pattern;
  EXPECT_TRUE(read_llvm_pattern(loaded.profile(), loaded.object(), room, pattern));
  return std::string(pattern);
}

TEST(LlvmProfile, FindsWhatLiesWhere) {
  for (const std::uint64_t version : {8U, 9U, 10U}) {
    LoadedImage loaded(LlvmImage{.version = version});
    ASSERT_TRUE(loaded.is_found());
    const LlvmProfile& profile = loaded.profile();
    EXPECT_EQ(profile.version, version);
    EXPECT_EQ(profile.record_count(), 2U);
    EXPECT_EQ(profile.counter_count(), 3U);
    EXPECT_EQ(profile.bitmap, MemoryRange());
    EXPECT_EQ(profile.names.size, 3U);
    EXPECT_EQ(profile.build_ids.count, 1U);
    EXPECT_EQ(profile.value_nodes, 2U);
    EXPECT_EQ(profile.first_name, 0x11U);
    EXPECT_EQ(llvm_signature(profile), (3ULL << 40U) + (3ULL << 30U) + (2ULL << 20U) +
                                           (2ULL << 10U) + 0x11 + version + 0xff6c70726f667281);
  }
}

TEST(LlvmProfile, IsNotThereWithoutASection) {
  EXPECT_FALSE(is_found({.functions = {}}));
  EXPECT_FALSE(is_found({.names = ""}));
  EXPECT_FALSE(LoadedImage("", 0).is_found());
  EXPECT_FALSE(LoadedImage(testing::contents_of("/proc/self/exe"), 0).is_found());
}

TEST(LlvmProfile, IsRefusedIfTheVersionIsUnknown) {
  for (const std::uint64_t version : {0U, 7U, 11U, 255U})
    EXPECT_FALSE(is_found({.version = version}));
  for (unsigned bit = 56; bit < 64; ++bit) {
    const bool is_allowed = bit != 59 && bit != 62;
    EXPECT_EQ(is_found({.version = 10 | std::uint64_t{1} << bit}), is_allowed) << bit;
  }
}

TEST(LlvmProfile, IsRefusedIfItHoldsValues) {
  const LlvmFunction function = {.counters = {1}, .value_sites = 1};
  for (const std::uint64_t version : {8U, 9U, 10U}) {
    EXPECT_FALSE(is_found({.version = version, .functions = {{.counters = {1}}, function}}));
  }
  EXPECT_FALSE(is_found({.extra_section = "__llvm_prf_vtab"}));
  EXPECT_FALSE(is_found({.extra_section = "__llvm_prf_vns"}));
}

TEST(LlvmProfile, IsRefusedIfARecordLies) {
  const LlvmImage image = {.functions = {{.counters = {1}, .bitmap = "b"}}};
  const std::string file = image.bytes();
  const std::uint64_t record = LoadedImage(image).profile().data.address - image.base;
  for (const std::size_t at : {16U, 23U, 24U, 31U, 50U, 60U}) {
    std::string changed = file;
    changed[record + at] = static_cast<char>(changed[record + at] ^ 0x40);
    EXPECT_FALSE(LoadedImage(changed, image.base).is_found()) << at;
  }
  EXPECT_TRUE(LoadedImage(file, image.base).is_found());
}

TEST(LlvmProfile, ProvesTheVersionOfAStrippedFile) {
  const auto version = [](std::uint64_t layout, const std::string& comment) {
    LoadedImage loaded(
        LlvmImage{.version = layout, .comment = comment + '\0', .has_symbols = false});
    return loaded.is_found() ? loaded.profile().version : 0;
  };
  EXPECT_EQ(version(8, std::string("GCC: (Debian 12) 12.2\0Debian clang version 14.0.6", 48)), 8U);
  EXPECT_EQ(version(8, "clang version 17.0.1"), 8U);
  EXPECT_EQ(version(9, "clang version 18.1.8"), 9U);
  EXPECT_EQ(version(10, "clang version 19.1.7"), 10U);
  EXPECT_EQ(version(8, "rustc version 1.77.2"), 8U);
  EXPECT_EQ(version(9, "rustc version 1.80.0 (051478957 2024-07-21)"), 9U);
  EXPECT_EQ(version(10, "rustc version 1.95.0"), 10U);

  EXPECT_EQ(version(8, ""), 0U);
  EXPECT_EQ(version(8, "clang version 13.0.1"), 0U);
  EXPECT_EQ(version(8, "clang version 19.1.7"), 0U) << "records of another size";
  EXPECT_EQ(version(10, "clang version 99.0.0"), 0U) << "an unknown format";
  EXPECT_EQ(version(10, "clang version 99999999999999999999"), 0U);
  EXPECT_EQ(version(10, "rustc version 1.999.0"), 0U);
  const std::string both("clang version 18.1.8\0clang version 19.1.7", 41);
  EXPECT_EQ(version(10, both), 0U) << "both may have made the records";
  EXPECT_EQ(version(8, both + std::string("\0clang version 14.0.0", 21)), 8U);
}

TEST(LlvmProfile, ProvesTheVersionOfAStrippedFileByItsBitmaps) {
  for (const std::uint64_t version : {9U, 10U}) {
    LoadedImage loaded(
        LlvmImage{.version = version,
                  .functions = {{.counters = {1}, .bitmap = "bits"}},
                  .comment = std::string("clang version 18.1\0clang version 19.1", 37),
                  .has_symbols = false});
    EXPECT_TRUE(loaded.is_found());
    EXPECT_EQ(loaded.profile().version, version);
  }
}

TEST(LlvmProfile, IsRefusedInAStrippedFileThatProvesTooLittle) {
  const LlvmImage image = {.comment = "clang version 19.1.7", .has_symbols = false};
  EXPECT_TRUE(is_found(image));
  LlvmImage no_map = image;
  no_map.has_coverage_map = false;
  EXPECT_FALSE(is_found(no_map)) << "the counters may be those of the back end";
  LlvmImage bytes = image;
  bytes.version |= kLlvmByteCoverage;
  EXPECT_FALSE(is_found(bytes));
}

TEST(LlvmProfile, KnowsWhatTheRuntimeKnows) {
  LoadedImage fresh(LlvmImage{.pattern = "", .linked_pattern = "l-%p"});
  EXPECT_TRUE(fresh.profile().runtime.is_known);
  EXPECT_EQ(fresh.profile().runtime.pattern, 0U);
  EXPECT_FALSE(fresh.profile().runtime.is_dumped);
  EXPECT_FALSE(fresh.profile().runtime.is_continuous);
  EXPECT_FALSE(fresh.profile().runtime.knows_build_id);

  LoadedImage busy(LlvmImage{.counter_bias = 1, .filename_size = 200, .dumped = 1});
  EXPECT_STREQ(busy.profile().runtime.pid.data(), "4711");
  EXPECT_TRUE(busy.profile().runtime.is_dumped);
  EXPECT_TRUE(busy.profile().runtime.is_continuous);
  EXPECT_TRUE(busy.profile().runtime.knows_build_id);
  EXPECT_FALSE(busy.profile().runtime.knows_signals);
  EXPECT_TRUE(LoadedImage(LlvmImage{.filename_size = 216}).profile().runtime.knows_signals);

  LoadedImage stripped(LlvmImage{.comment = "clang version 21.1", .has_symbols = false});
  EXPECT_FALSE(stripped.profile().runtime.is_known);
  EXPECT_TRUE(stripped.profile().runtime.knows_build_id);
}

TEST(LlvmProfile, HasADefaultPattern) {
  EXPECT_EQ(LoadedImage(LlvmImage{.comment = "rustc version 1.95.0"}).profile().default_pattern,
            "default.profraw");
  const auto stripped = [](const std::string& comment) {
    LoadedImage loaded(LlvmImage{.comment = comment, .has_symbols = false});
    EXPECT_TRUE(loaded.is_found());
    return std::string(loaded.profile().default_pattern);
  };
  EXPECT_EQ(stripped("clang version 19.1.7"), "default.profraw");
  EXPECT_EQ(stripped("rustc version 1.95.0"), "default_%m_%p.profraw");
}

TEST(LlvmProfile, EndsTheTextOfThePid) {
  LoadedImage loaded(LlvmImage{.pid = "1234567890123456789"});
  EXPECT_STREQ(loaded.profile().runtime.pid.data(), "123456789012345");
}

TEST(LlvmProfile, ReadsThePattern) {
  EXPECT_EQ(pattern_of({.pattern = "held", .linked_pattern = "linked"}), "held");
  EXPECT_EQ(pattern_of({.pattern = "", .linked_pattern = "linked"}), "linked");
  EXPECT_EQ(pattern_of({.pattern = ""}), "");
  EXPECT_EQ(pattern_of({.comment = "clang version 19.1.7", .has_symbols = false}), "");
  EXPECT_EQ(pattern_of({.pattern = std::string(4095, 'x')}), std::string(4095, 'x'));
}

TEST(LlvmProfile, GivesAPatternUpThatDoesNotFitOrEnd) {
  LoadedImage loaded(LlvmImage{.pattern = std::string(4096, 'x')});
  std::vector<char> room(4096);
  std::string_view pattern;
  EXPECT_FALSE(read_llvm_pattern(loaded.profile(), loaded.object(), room, pattern));

  // The last byte that is mapped ends a page.
  LlvmProfile profile;
  profile.runtime.pattern = 4090;
  testing::Bytes memory(std::string(4096, 'x'));
  testing::OpenedElf none("");
  const LoadedObject object = {.file = none.file(), .memory = memory.source(), .bias = 0};
  EXPECT_FALSE(read_llvm_pattern(profile, object, room, pattern));
  memory.text().back() = '\0';
  EXPECT_TRUE(read_llvm_pattern(profile, object, room, pattern));
  EXPECT_EQ(pattern, "xxxxx");
}

TEST(LlvmProfile, ReadsTheBuildId) {
  LoadedImage loaded(LlvmImage{.build_id = "\x01\xaf"});
  std::vector<char> room(4);
  std::string_view digits;
  EXPECT_TRUE(read_llvm_build_id(loaded.profile(), loaded.object(), room, digits));
  EXPECT_EQ(digits, "01af");
  EXPECT_FALSE(
      read_llvm_build_id(loaded.profile(), loaded.object(), std::span(room).first(3), digits));
}

TEST(LlvmProfile, NeedsFewReads) {
  LoadedImage loaded(
      LlvmImage{.functions = std::vector<LlvmFunction>(12'000, {.counters = {1, 2, 3}})});
  EXPECT_TRUE(loaded.is_found());
  EXPECT_LE(loaded.memory().reads(), 20) << "750 KiB of records in pieces of 64";
}

TEST(LlvmProfile, IsNotFoundInMemoryThatIsGone) {
  const LlvmImage image;
  const std::string file = image.bytes();
  LoadedImage loaded(file, image.base);
  ASSERT_TRUE(loaded.is_found());
  LlvmProfile profile;
  testing::Bytes nothing("", image.base);
  const LoadedObject object = {
      .file = loaded.object().file, .memory = nothing.source(), .bias = image.base};
  EXPECT_FALSE(find_llvm_profile(object, loaded.room(), profile));
  EXPECT_FALSE(find_llvm_profile(loaded.object(), loaded.room().first(100), profile));
}

}  // namespace
}  // namespace covenv
