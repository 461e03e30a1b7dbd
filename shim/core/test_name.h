// SPDX-License-Identifier: MIT
// The test that runs, as test runners name it in the environment: pytest (PYTEST_CURRENT_TEST),
// nextest (NEXTEST_BINARY_ID and NEXTEST_TEST_NAME), Bats (BATS_TEST_FILENAME and BATS_TEST_NAME).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace covenv {

/// Borrowed from an environment. The name of pytest holds its file, and has no group.
struct TestName {
  std::string_view group = {};  ///< the test's file, or its program
  std::string_view name = {};

  bool empty() const { return name.empty(); }
  std::size_t size() const;
  /// Writes the bytes from the `from`th of "group::name" into `room`; returns how many.
  std::size_t copy(std::size_t from, char* room, std::size_t most) const;
  /// FNV-1a of "group::name".
  std::uint32_t hash() const;
};

/// The first variable of each kind counts, and a test of pytest's wins; empty if no test is named.
TestName test_name_in(const char* const* environment);

/// Whether the entry is the variable in which pytest names its test.
bool names_pytest_test(const char* entry);

}  // namespace covenv
