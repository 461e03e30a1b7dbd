// SPDX-License-Identifier: MIT
#include "shim/core/journal_words.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace covenv {
namespace {

/// Unpacks a pair of lines as coverage/salvage.py does.
std::pair<long, long> unpacked(JournalWord packed) {
  constexpr unsigned kBits = 28;
  constexpr JournalWord kMask = (JournalWord{1} << kBits) - 1;
  const auto first = static_cast<long>(packed & kMask);
  const auto second = static_cast<long>(packed >> kBits & kMask);
  return {(packed >> (2 * kBits) & 1) != 0 ? -first : first,
          (packed >> (2 * kBits) & 2) != 0 ? -second : second};
}

JournalWord mark_of(JournalWord word) { return word & kEntryMark; }

TEST(JournalWords, TheTwoHighestBitsTellThemApart) {
  int object = 0;
  EXPECT_EQ(mark_of(value_word(0)), kValueMark);
  EXPECT_EQ(mark_of(value_word(kPayload)), kValueMark);
  EXPECT_EQ(mark_of(set_word(&object)), kSetMark);
  EXPECT_EQ(mark_of(set_word(reinterpret_cast<void*>(~JournalWord{0}))), kSetMark);
  EXPECT_EQ(mark_of(entry_word(JournalEntry::kFlushed, 0xffffffff)), kEntryMark);
}

TEST(JournalWords, NoWordIsZero) {
  EXPECT_NE(value_word(0), 0U);
  EXPECT_NE(set_word(nullptr), 0U);
}

TEST(JournalWords, AValueHas62Bits) {
  EXPECT_TRUE(fits_value_word(0));
  EXPECT_TRUE(fits_value_word(kPayload));
  EXPECT_FALSE(fits_value_word(kPayload + 1));
  EXPECT_FALSE(fits_value_word(~JournalWord{0}));
}

TEST(JournalWords, AWordGivesBackWhatIsInIt) {
  int object = 0;
  EXPECT_EQ(value_word(1234567) & kPayload, 1234567U);
  EXPECT_EQ(set_word(&object) & kPayload, reinterpret_cast<JournalWord>(&object));
  const JournalWord head = entry_word(JournalEntry::kContext, 4711);
  EXPECT_EQ(head >> 32U & 0xff, static_cast<JournalWord>(JournalEntry::kContext));
  EXPECT_EQ(head & 0xffffffff, 4711U);
}

// The numbers must not change, because one version reads the files of another.
TEST(JournalWords, TheKindsOfEntriesKeepTheirNumbers) {
  EXPECT_EQ(static_cast<int>(JournalEntry::kPadding), 1);
  EXPECT_EQ(static_cast<int>(JournalEntry::kAbout), 2);
  EXPECT_EQ(static_cast<int>(JournalEntry::kReset), 7);
  EXPECT_EQ(static_cast<int>(JournalEntry::kSaved), 9);
  EXPECT_EQ(static_cast<int>(JournalEntry::kFlushed), 10);
}

TEST(JournalWords, TextTakesWholeWords) {
  EXPECT_EQ(words_of_text(0), 0U);
  EXPECT_EQ(words_of_text(1), 1U);
  EXPECT_EQ(words_of_text(8), 1U);
  EXPECT_EQ(words_of_text(9), 2U);
}

TEST(JournalWords, APairOfLinesComesBackWithItsSigns) {
  constexpr long kMost = (1L << 28) - 1;
  for (const long from : {0L, 1L, -1L, 1048576L, -1048576L, kMost, -kMost}) {
    for (const long to : {0L, 1L, -1L, 1048575L, -1048577L, kMost, -kMost}) {
      JournalWord packed = 0;
      ASSERT_TRUE(pack_pair(from, to, packed)) << from << " " << to;
      EXPECT_TRUE(fits_value_word(packed));
      EXPECT_EQ(unpacked(packed), std::pair(from, to));
    }
  }
}

TEST(JournalWords, NoTwoPairsOfLinesAreTheSameWord) {
  std::mt19937 random(1);
  std::uniform_int_distribution<long> line(-100000, 100000);
  for (int i = 0; i < 10000; ++i) {
    const std::pair pair(line(random), line(random));
    JournalWord packed = 0;
    ASSERT_TRUE(pack_pair(pair.first, pair.second, packed));
    EXPECT_EQ(unpacked(packed), pair);
  }
}

TEST(JournalWords, LinesThatAreTooGreatAreNoPair) {
  constexpr long kMost = (1L << 28) - 1;
  JournalWord packed = 0;
  for (const long line : {kMost + 1, -kMost - 1, 1L << 62, -(1L << 62)}) {
    EXPECT_FALSE(pack_pair(line, 1, packed));
    EXPECT_FALSE(pack_pair(1, line, packed));
  }
}

TEST(JournalRoom, AQuarterOfASmallFileSystemStays) {
  EXPECT_TRUE(may_take_room(8192, 16U << 20U, 64U << 20U));
  EXPECT_FALSE(may_take_room(8192, (16U << 20U) - 4096, 64U << 20U));
}

TEST(JournalRoom, OfALargeFileSystem256MiBStay) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  EXPECT_TRUE(may_take_room(8192, 256 * kMiB, 250'000 * kMiB));
  EXPECT_FALSE(may_take_room(8192, 255 * kMiB, 250'000 * kMiB));
}

TEST(JournalRoom, NoMoreThanThereIs) {
  EXPECT_TRUE(may_take_room(8192, 8192, 8192));
  EXPECT_FALSE(may_take_room(8192, 4096, 8192));
  EXPECT_FALSE(may_take_room(1, 0, 0));
}

}  // namespace
}  // namespace covenv
