// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_raw_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "llvm_image.h"

namespace covenv {
namespace {

using testing::as_bytes;
using testing::Bytes;
using testing::LlvmFunction;
using testing::LlvmImage;
using testing::LoadedImage;

std::string written(LoadedImage& loaded) {
  testing::Written text;
  EXPECT_TRUE(loaded.is_found());
  EXPECT_TRUE(write_llvm_profile(loaded.profile(), loaded.object(), text.sink(), loaded.room()));
  EXPECT_EQ(text.text().size(), llvm_raw_parts(loaded.profile()).size);
  return text.text();
}

std::string written(const LlvmImage& image) {
  LoadedImage loaded(image);
  return written(loaded);
}

std::string words(const std::vector<std::uint64_t>& words) {
  std::string bytes;
  for (const std::uint64_t word : words) bytes += as_bytes(word);
  return bytes;
}

std::string memory_of(LoadedImage& loaded, const MemoryRange& range) {
  std::string bytes(range.size, '\0');
  EXPECT_TRUE(loaded.memory().source().read(range.address, std::span(bytes)));
  return bytes;
}

constexpr std::uint64_t kMagic = 0xff6c70726f667281;

TEST(LlvmRawFile, HasTheLayoutOfVersion8) {
  LoadedImage loaded(LlvmImage{.version = 8});
  const LlvmProfile& p = loaded.profile();
  EXPECT_EQ(written(loaded), words({kMagic, 8, 24, 2, 0, 3, 0, 3,
                                    p.counters.address - p.data.address, p.names.address, 1, 10}) +
                                 std::string("0123456789\0\0\0\0\0\0", 16) +
                                 memory_of(loaded, p.data) + words({1, 0, 7}) +
                                 std::string("xyz\0\0\0\0\0", 8));
}

TEST(LlvmRawFile, HasTheLayoutOfVersion9) {
  LoadedImage loaded(
      LlvmImage{.version = 9, .functions = {{.counters = {5}, .bitmap = "12345"}}, .build_id = ""});
  const LlvmProfile& p = loaded.profile();
  EXPECT_EQ(written(loaded),
            words({kMagic, 9, 0, 1, 0, 1, 0, 5, 3, 3, p.counters.address - p.data.address,
                   p.bitmap.address - p.data.address, p.names.address, 1}) +
                memory_of(loaded, p.data) + words({5}) +
                std::string("12345\0\0\0xyz\0\0\0\0\0", 16));
}

TEST(LlvmRawFile, HasTheLayoutOfVersion10) {
  LoadedImage loaded(LlvmImage{.version = 10, .build_id = "12345678"});
  const LlvmProfile& p = loaded.profile();
  EXPECT_EQ(written(loaded),
            words({kMagic, 10, 16, 2, 0, 3, 0, 0, 0, 3, p.counters.address - p.data.address,
                   0 - p.data.address, p.names.address, 0, 0, 2, 8}) +
                "12345678" + memory_of(loaded, p.data) + words({1, 0, 7}) +
                std::string("xyz\0\0\0\0\0", 8));
}

TEST(LlvmRawFile, PadsCountersOfAByteFromVersion9On) {
  const std::vector<LlvmFunction> functions = {{.counters = {0, 0xff, 0xff}}};
  const auto file = [&](std::uint64_t version) {
    return written(
        LlvmImage{.version = version | kLlvmByteCoverage, .functions = functions, .build_id = ""});
  };
  EXPECT_EQ(file(8).substr(88 + 48), std::string("\0\xff\xffxyz\0\0\0\0\0", 11));
  EXPECT_EQ(file(8).substr(48, 8), words({0}));
  EXPECT_EQ(file(10).substr(128 + 64), std::string("\0\xff\xff\0\0\0\0\0xyz\0\0\0\0\0", 16));
  EXPECT_EQ(file(10).substr(48, 8), words({5}));
}

TEST(LlvmRawFile, IsWrittenInFewPieces) {
  const LlvmImage image = {.functions =
                               std::vector<LlvmFunction>(12'000, {.counters = {1, 2, 3, 4}})};
  LoadedImage loaded(image);
  const int before = loaded.memory().reads();
  const std::string file = written(loaded);
  EXPECT_LE(loaded.memory().reads() - before, static_cast<int>(file.size() / kLlvmRoom) + 6);
  EXPECT_NE(file.find(memory_of(loaded, loaded.profile().data) +
                      memory_of(loaded, loaded.profile().counters) + "xyz"),
            std::string::npos);
}

TEST(LlvmRawFile, FailsIfMemoryOrSinkDoes) {
  LoadedImage loaded(LlvmImage{});
  ASSERT_TRUE(loaded.is_found());
  const ByteSink full = {.context = nullptr,
                         .write_bytes = [](void*, std::span<const char>) { return false; }};
  EXPECT_FALSE(write_llvm_profile(loaded.profile(), loaded.object(), full, loaded.room()));
  testing::Written text;
  loaded.memory().text().resize(loaded.profile().counters.address + 8 - LlvmImage{}.base);
  EXPECT_FALSE(write_llvm_profile(loaded.profile(), loaded.object(), text.sink(), loaded.room()));
  EXPECT_FALSE(
      write_llvm_profile(loaded.profile(), loaded.object(), text.sink(), loaded.room().first(64)));
}

/// What a merge of `image` into the profile of `older` gives, or nothing if they do not fit.
std::string merged(const LlvmImage& image, std::string older) {
  LoadedImage loaded(image);
  EXPECT_TRUE(loaded.is_found());
  Bytes file(older);
  if (!is_mergeable(loaded.profile(), loaded.object(), file.source(), older.size(),
                    loaded.room())) {
    return "";
  }
  testing::Written text;
  EXPECT_TRUE(write_merged_llvm_profile(loaded.profile(), loaded.object(), file.source(),
                                        text.sink(), loaded.room()));
  return text.text();
}

TEST(LlvmRawFile, IsMergedAsTheRuntimeMerges) {
  std::vector<LlvmFunction> functions(9000, {.counters = {1, ~std::uint64_t{0}}, .bitmap = "\x11"});
  LlvmImage older = {.functions = functions, .base = 0x7000'0000};
  for (LlvmFunction& function : functions) function = {.counters = {2, 3}, .bitmap = "\x42"};
  functions[8999].counters[0] = 41;
  const LlvmImage image = {.functions = functions};
  for (LlvmFunction& function : functions) function = {.counters = {3, 2}, .bitmap = "\x53"};
  functions[8999].counters[0] = 42;
  EXPECT_EQ(merged(image, written(older)), written(LlvmImage{.functions = functions}));

  const std::uint64_t bytes = 10 | kLlvmByteCoverage;
  const auto of = [&](std::vector<std::uint64_t> counters) {
    return LlvmImage{.version = bytes, .functions = {{.counters = std::move(counters)}}};
  };
  EXPECT_EQ(merged(of({0, 255, 255}), written(of({255, 0, 255}))), written(of({0, 0, 255})));
}

TEST(LlvmRawFile, IsMergedInPlace) {
  const LlvmImage image = {.functions = std::vector<LlvmFunction>(9000, {.counters = {1, 2}})};
  struct Place {
    std::string text;
    std::size_t at = 0;
    Bytes* file = nullptr;
  } place;
  Bytes file(written(image));
  place.file = &file;
  LoadedImage loaded(image);
  const ByteSink sink = {
      .context = &place, .write_bytes = [](void* context, std::span<const char> bytes) {
        auto* const self = static_cast<Place*>(context);
        self->file->text().replace(self->at, bytes.size(), bytes.data(), bytes.size());
        self->at += bytes.size();
        return true;
      }};
  ASSERT_TRUE(write_merged_llvm_profile(loaded.profile(), loaded.object(), file.source(), sink,
                                        loaded.room()));
  EXPECT_EQ(file.text(),
            written(LlvmImage{.functions = std::vector<LlvmFunction>(9000, {.counters = {2, 4}})}));
}

TEST(LlvmRawFile, IsNotMergedWithAnotherModule) {
  const LlvmImage image;
  const std::string same = written(image);
  EXPECT_NE(merged(image, same), "");
  EXPECT_NE(merged(image, same + "more"), "");
  EXPECT_EQ(merged(image, same.substr(0, same.size() - 1)), "");
  EXPECT_EQ(merged(image, ""), "");
  LlvmImage other = image;
  other.functions[1].hash = 0;
  EXPECT_EQ(merged(image, written(other)), "");
  other = image;
  other.functions[1].name = 0;
  EXPECT_EQ(merged(image, written(other)), "");
  other = image;
  std::swap(other.functions[0].counters, other.functions[1].counters);
  EXPECT_EQ(merged(image, written(other)), "");
  other = image;
  other.names = "xyza";
  EXPECT_EQ(merged(image, written(other)), "");
  other = image;
  other.version = 9;
  EXPECT_EQ(merged(image, written(other)), "");
  other.version = 10 | kLlvmTemporal;
  EXPECT_EQ(merged(other, written(other)), "");
}

TEST(LlvmRawFile, KnowsAnEarlierDump) {
  LlvmImage image = {.functions = {{.counters = {4, 0}, .bitmap = "\x03"}}};
  const std::string dump = written(image);
  const auto is_own = [&](const LlvmImage& later, std::uint64_t at, const std::string& text) {
    LoadedImage loaded(later);
    Bytes file(text);
    return is_earlier_dump(loaded.profile(), loaded.object(), file.source(), at, text.size(),
                           loaded.room());
  };
  EXPECT_TRUE(is_own(image, 0, dump));
  EXPECT_TRUE(is_own(image, 0, dump + dump));
  EXPECT_TRUE(is_own(image, dump.size(), dump + dump));
  EXPECT_FALSE(is_own(image, 8, dump + dump));
  EXPECT_FALSE(is_own(image, dump.size(), dump));
  EXPECT_FALSE(is_own(image, ~std::uint64_t{0}, dump));
  EXPECT_FALSE(is_own(image, 0, ""));

  LlvmImage later = image;
  later.functions[0] = {.counters = {5, 1}, .bitmap = "\x07"};
  EXPECT_TRUE(is_own(later, 0, dump));
  EXPECT_FALSE(is_own(image, 0, written(later))) << "a counter never goes back";
  later.functions[0] = {.counters = {5, 1}, .bitmap = "\x02"};
  EXPECT_FALSE(is_own(later, 0, dump)) << "a bit is never taken back";
  LlvmImage moved = image;
  moved.base += 4096;
  EXPECT_FALSE(is_own(moved, 0, dump)) << "another process, at another address";
}

}  // namespace
}  // namespace covenv
