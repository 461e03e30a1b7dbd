// SPDX-License-Identifier: MIT
// What the parts of a Go counters' file are written through.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "shim/counters/byte_access.h"

namespace covenv {

inline constexpr std::size_t kMostGoDigits = 20;

/// The decimal digits of a number. The result lies in `into`.
inline std::string_view go_decimal(std::uint64_t number, std::span<char, kMostGoDigits> into) {
  std::size_t at = into.size();
  do {
    into[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return {&into[at], into.size() - at};
}

constexpr std::size_t uleb_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value > 0x7f; value >>= 7U) ++size;
  return size;
}

/// Gathers bytes, and hands them on in pieces.
class GoOutput {
 public:
  /// `piece`, 16 bytes or more, belongs to the object as long as the object lives.
  GoOutput(const ByteSink& sink, std::span<char> piece) : sink_(sink), piece_(piece) {}

  void put(std::span<const char> bytes) {
    while (!bytes.empty()) {
      make_space(1);
      const std::size_t size = std::min(bytes.size(), piece_.size() - used_);
      std::memcpy(&piece_[used_], bytes.data(), size);
      used_ += size;
      bytes = bytes.subspan(size);
    }
  }

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void put_object(const T& object) {
    put(std::span(reinterpret_cast<const char*>(&object), sizeof(object)));
  }

  void put_uleb(std::uint64_t value) {
    constexpr std::size_t kMost = 10;
    make_space(kMost);
    for (; value > 0x7f; value >>= 7U) piece_[used_++] = static_cast<char>(value | 0x80U);
    piece_[used_++] = static_cast<char>(value);
  }

  /// Hands the rest on. False if anything could not be handed on.
  bool finish() {
    flush();
    return is_sound_;
  }

 private:
  void make_space(std::size_t size) {
    if (piece_.size() - used_ < size) flush();
  }

  void flush() {
    // ByteSink would take a span of other than constant bytes for an object.
    const std::span<const char> bytes = piece_.first(used_);
    is_sound_ = is_sound_ && sink_.write(bytes);
    used_ = 0;
  }

  const ByteSink& sink_;
  std::span<char> piece_;
  std::size_t used_ = 0;
  bool is_sound_ = true;
};

}  // namespace covenv
