// SPDX-License-Identifier: MIT
// The part of a Go counters' file that says how the program was called.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shim/counters/go_output.h"

namespace covenv {

/// A table of different strings, and pairs of a key and a value in it: `argc`, `argv0`, ...,
/// `GOOS`, `GOARCH`.
class GoArguments {
 public:
  /// The room that a command line needs.
  static std::size_t room_for(std::span<const char> command_line);

  /// `room`, room_for() bytes that lie at a multiple of 8, belongs to the object as long as the
  /// object lives, and so does the command line.
  GoArguments(std::span<const char> command_line, std::span<char> room);

  std::uint32_t strings_size() const;
  /// With the padding behind the pairs.
  std::uint32_t pairs_size() const;

  void write(GoOutput& output) const;

 private:
  struct Text {
    const char* data;
    std::uint32_t size;
    std::uint32_t hash;
  };
  struct Pair {
    std::uint32_t key;
    std::uint32_t value;
  };
  /// A key: "argv" and a number.
  using Key = std::array<char, 4 + kMostGoDigits>;

  static std::size_t count_of(std::span<const char> command_line);
  static std::size_t most_texts(std::size_t arguments);

  std::uint32_t add(std::string_view text);
  Pair add_pair(std::string_view key, std::string_view value);
  std::size_t unpadded_pairs_size() const;

  template <typename Visit>
  void for_each_pair(Visit visit) const;

  std::span<Text> texts_;
  std::span<std::uint32_t> slots_;  ///< places of `texts_` by hash, from 1 on
  std::span<Pair> arguments_;
  std::uint32_t text_count_ = 0;
  Pair os_ = {};
  Pair machine_ = {};
  Pair count_ = {};
  std::array<char, kMostGoDigits> count_digits_;
};

}  // namespace covenv
