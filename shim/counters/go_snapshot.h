// SPDX-License-Identifier: MIT
// The counters of a Go program at one moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "shim/counters/byte_access.h"
#include "shim/counters/go_counters.h"

namespace covenv {

struct GoFunction {
  std::uint32_t package;  ///< in the list of packages
  std::uint32_t index;    ///< in its package
  std::span<const std::uint32_t> counters;
};

/// A copy of the counters. A function that has been entered has a record there, of which the
/// function itself writes the head at each entry: the number of counters, the package, the index.
/// Words of zero lie in the place of the others.
class GoSnapshot {
 public:
  static constexpr std::size_t kHead = 3;

  /// `room`, found.words of 32 bits, belongs to the object as long as the object lives.
  GoSnapshot(const GoCounters& found, std::span<char> room);

  /// Copies the counters. False if they cannot be read or the records do not fit together.
  /// `piece` is room that is free again when the function returns: twelve bytes or more.
  bool take(const ByteSource& memory, std::span<char> piece);

  /// Calls visit(function) for each function of which a counter is not zero.
  template <typename Visit>
  void for_each_live(Visit visit) const {
    for (std::size_t at = 0; at < words_.size();) {
      const std::size_t count = words_[at];
      if (count == 0) {
        ++at;
        continue;
      }
      const std::optional<std::uint32_t> package = package_of(words_[at + 1]);
      const std::span<const std::uint32_t> counters = words_.subspan(at + kHead, count);
      if (package && is_live(counters)) {
        visit(GoFunction{.package = *package, .index = words_[at + 2], .counters = counters});
      }
      at += kHead + count;
    }
  }

 private:
  static bool is_live(std::span<const std::uint32_t> counters);
  std::optional<std::uint32_t> package_of(std::uint32_t id) const;
  std::size_t end_of_gap(std::size_t at) const;
  bool take_once(const ByteSource& memory, std::span<char> piece);

  const GoCounters& found_;
  std::span<std::uint32_t> words_;
};

}  // namespace covenv
