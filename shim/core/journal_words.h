// SPDX-License-Identifier: MIT
// The words of a journal: what coverage has recorded, in the order in which it was recorded.
//
// A word is 8 bytes. Its two highest bits say what it is:
//   01  a value that coverage has put into the selected set: a line, or a packed pair of lines
//   10  selects a set, by its address in the process that writes
//   11  the head of an entry: kind, and size of the text that follows, padded to whole words
// A word of zeroes means nothing. coverage/salvage.py is the reader.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covenv {

using JournalWord = std::uint64_t;

enum class JournalEntry : std::uint8_t {
  kPadding = 1,  ///< the rest of a piece of the file
  kAbout,        ///< JSON: the configuration of this Coverage (coverage/journal.py)
  kFile,         ///< the address of a set (8 bytes), then the name of the file whose lines it holds
  kFileTracer,   ///< the length of the file's name (8 bytes), the name, the name of the plugin
  kPluginOff,    ///< the name of a plugin that coverage has disabled
  kContext,      ///< the context of all that is flushed from now on
  kReset,        ///< coverage has dropped all that it had recorded
  kSaving,       ///< coverage begins to write its own data file
  kSaved,        ///< and has written it: all before the last kSaving is in it
  kFlushed,      ///< all recorded since the last kFlushed belongs to the present context
};

inline constexpr JournalWord kValueMark = JournalWord{1} << 62;
inline constexpr JournalWord kSetMark = JournalWord{2} << 62;
inline constexpr JournalWord kEntryMark = JournalWord{3} << 62;
inline constexpr JournalWord kPayload = kValueMark - 1;

/// Whether this value fits in a word: coverage 7.17 takes 58 bits for a pair of lines.
constexpr bool fits_value_word(JournalWord value) { return value <= kPayload; }
constexpr JournalWord value_word(JournalWord value) { return kValueMark | value; }

/// Addresses of user space have at most 56 bits.
inline JournalWord set_word(const void* set) {
  return kSetMark | (reinterpret_cast<JournalWord>(set) & kPayload);
}

constexpr JournalWord entry_word(JournalEntry kind, std::uint32_t text_size) {
  return kEntryMark | static_cast<JournalWord>(kind) << 32U | text_size;
}

/// The words that the text takes, without the head.
constexpr std::size_t words_of_text(std::size_t text_size) { return (text_size + 7) / 8; }

/// Whether a journal may take so many bytes of a file system that has `size` bytes, `available` of
/// them free. A quarter of a file system stays to the suite's own files: /dev/shm may be small. A
/// disk is seldom as empty as that: of a large file system only kMostLeft stays.
constexpr bool may_take_room(std::uint64_t bytes, std::uint64_t available, std::uint64_t size) {
  constexpr std::uint64_t kMostLeft = std::uint64_t{256} << 20U;
  const std::uint64_t left = size / 4 < kMostLeft ? size / 4 : kMostLeft;
  return available >= left && available >= bytes;
}

/// Packs a pair of lines as coverage 7.17's C tracer does (its other tracers record a tuple).
/// Returns false if the lines are too great.
constexpr bool pack_pair(long from, long to, JournalWord& packed) {
  constexpr unsigned kBits = 28;
  constexpr long kMost = (1L << kBits) - 1;
  if (from < -kMost || from > kMost || to < -kMost || to > kMost) return false;
  const auto magnitude = [](long line) {
    return static_cast<JournalWord>(line < 0 ? -line : line);
  };
  packed = magnitude(from) | magnitude(to) << kBits;
  if (from < 0) packed |= JournalWord{1} << (2 * kBits);
  if (to < 0) packed |= JournalWord{2} << (2 * kBits);
  return true;
}

}  // namespace covenv
