// SPDX-License-Identifier: MIT
#include "shim/counters/go_snapshot.h"

#include <algorithm>
#include <cstring>

namespace covenv {
namespace {

constexpr std::uint32_t kNoPackageYet = 0;

/// The counters once more, later, in pieces.
class LaterWords {
 public:
  LaterWords(const GoCounters& found, const ByteSource& memory, std::span<char> piece)
      : found_(found), memory_(memory), piece_(piece) {}

  /// The word at a place that is at most two words before the last one that was asked for.
  std::uint32_t at(std::size_t place) {
    if (place < begin_ || place >= end_) load(place);
    std::uint32_t word = 0;
    if (is_sound_) std::memcpy(&word, &piece_[(place - begin_) * sizeof(word)], sizeof(word));
    return word;
  }

  bool is_sound() const { return is_sound_; }

 private:
  void load(std::size_t place) {
    begin_ = place - std::min<std::size_t>(place, 2);
    end_ = std::min(begin_ + piece_.size() / sizeof(std::uint32_t), found_.words);
    const std::span<char> piece = piece_.first((end_ - begin_) * sizeof(std::uint32_t));
    is_sound_ = is_sound_ && place < end_ &&
                memory_.read(found_.address + begin_ * sizeof(std::uint32_t), piece);
  }

  const GoCounters& found_;
  const ByteSource& memory_;
  std::span<char> piece_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_sound_ = true;
};

/// The place in [at, end) at which a record begins that reaches beyond `end`, or `end`. All that
/// the copy has in [at, end) is zero, so a record that ends before `end` was begun after the copy.
std::size_t torn_record(LaterWords& later, std::size_t at, std::size_t end) {
  while (at < end) {
    const std::uint32_t count = later.at(at);
    if (count == 0) {
      ++at;
    } else if (std::uint64_t{at} + GoSnapshot::kHead + count <= end) {
      at += GoSnapshot::kHead + count;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

GoSnapshot::GoSnapshot(const GoCounters& found, std::span<char> room)
    : found_(found), words_(reinterpret_cast<std::uint32_t*>(room.data()), found.words) {}

bool GoSnapshot::take(const ByteSource& memory, std::span<char> piece) {
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    if (take_once(memory, piece)) return true;
  }
  return false;
}

/// The program may enter a function for the first time while the kernel copies the function's
/// record, so that the copy lacks the head, and a later word would be taken for one. What the copy
/// lacks stands in the memory soon after: the copy's gaps, and heads with zeros, are compared with
/// a second look at the memory.
bool GoSnapshot::take_once(const ByteSource& memory, std::span<char> piece) {
  const std::span<char> bytes(reinterpret_cast<char*>(words_.data()), words_.size_bytes());
  if (!memory.read(found_.address, bytes)) return false;
  LaterWords later(found_, memory, piece);
  for (std::size_t at = 0; at < words_.size();) {
    if (words_[at] == 0) {
      const std::size_t end = end_of_gap(at);
      at = torn_record(later, at, end);
      if (at == end) continue;
      words_[at] = later.at(at);
    }
    const std::size_t count = words_[at];
    if (words_.size() - at < kHead || count > words_.size() - at - kHead) return false;
    for (std::size_t i = at + 1; i < at + kHead; ++i) {
      if (words_[i] == 0) words_[i] = later.at(i);
    }
    if (words_[at + 1] != kNoPackageYet && !package_of(words_[at + 1])) return false;
    at += kHead + count;
  }
  return later.is_sound();
}

std::size_t GoSnapshot::end_of_gap(std::size_t at) const {
  while (at < words_.size() && words_[at] == 0) ++at;
  return at;
}

bool GoSnapshot::is_live(std::span<const std::uint32_t> counters) {
  return std::any_of(counters.begin(), counters.end(),
                     [](std::uint32_t counter) { return counter != 0; });
}

/// Ids that the runtime has given are 1 more than the package's place in the list.
std::optional<std::uint32_t> GoSnapshot::package_of(std::uint32_t id) const {
  if (id == kNoPackageYet) return std::nullopt;
  const std::uint32_t fixed = std::uint32_t{0} - id - 2;
  if (fixed < GoCounters::kMostFixedIds) {
    const std::uint16_t package = found_.package_of_fixed_id[fixed];
    if (package == GoCounters::kNoPackage) return std::nullopt;
    return package;
  }
  if (id > found_.package_count) return std::nullopt;
  return id - 1;
}

}  // namespace covenv
