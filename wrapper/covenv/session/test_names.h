// SPDX-License-Identifier: MIT
// The names of tests, as a report shows them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "wrapper/common/session.h"

namespace covenv {

/// The names that a session's events hold, by the numbers of these events.
class TestNames {
 public:
  /// The parts of a name may come in any order.
  void take(const TestEvent& event, const RecordedEvent& record);

  /// Empty if there is no such name. A name that is not whole ends with an ellipsis.
  std::string name(std::uint32_t number) const;

 private:
  static constexpr std::size_t kMostParts = 8;
  struct Parts {
    std::array<std::string, kMostParts> text;
    std::size_t count = 0;   ///< that have come
    std::size_t wanted = 1;  ///< that the first part has announced
    bool is_cut = false;
  };

  std::unordered_map<std::uint64_t, Parts> names_;
};

/// The test file that a command line runs (`perl t/basic.t`, `node cart.test.js`, a program of
/// `go test`); empty if it runs none, as a runner of many files does.
std::string test_file_of(const std::vector<std::string>& argv);

}  // namespace covenv
