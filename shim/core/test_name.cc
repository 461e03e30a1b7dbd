// SPDX-License-Identifier: MIT
#include "shim/core/test_name.h"

#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr std::string_view kBetween = "::";

/// Calls `take` with each part of "group::name".
template <typename Take>
void each_part(const TestName& test, Take take) {
  if (!test.group.empty()) {
    take(test.group);
    take(kBetween);
  }
  take(test.name);
}

/// Sets `value` to the entry's, if the entry has this name and `value` is empty.
void take_value(const char* entry, std::string_view name, std::string_view& value) {
  if (value.empty() && has_name(entry, name) && entry[name.size()] == '=') {
    value = entry + name.size() + 1;
  }
}

}  // namespace

std::size_t TestName::size() const {
  std::size_t size = 0;
  each_part(*this, [&](std::string_view part) { size += part.size(); });
  return size;
}

std::size_t TestName::copy(std::size_t from, char* room, std::size_t most) const {
  std::size_t copied = 0;
  each_part(*this, [&](std::string_view part) {
    for (const char byte : part) {
      if (from != 0) {
        --from;
      } else if (copied < most) {
        room[copied++] = byte;
      }
    }
  });
  return copied;
}

std::uint32_t TestName::hash() const {
  std::uint32_t hash = 2166136261U;
  each_part(*this, [&](std::string_view part) {
    for (const char byte : part) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  });
  return hash;
}

TestName test_name_in(const char* const* environment) {
  TestName pytest;
  TestName nextest;
  TestName bats;
  for (; environment != nullptr && *environment != nullptr && pytest.empty(); ++environment) {
    const char* const entry = *environment;
    // Two bytes decide about most entries, because each start and kill looks at all of them.
    const char first = entry[0];
    const char second = first == '\0' ? first : entry[1];
    if (first == 'P' && second == 'Y') {
      take_value(entry, "PYTEST_CURRENT_TEST", pytest.name);
    } else if (first == 'N' && second == 'E') {
      take_value(entry, "NEXTEST_BINARY_ID", nextest.group);
      take_value(entry, "NEXTEST_TEST_NAME", nextest.name);
    } else if (first == 'B' && second == 'A') {
      take_value(entry, "BATS_TEST_FILENAME", bats.group);
      take_value(entry, "BATS_TEST_NAME", bats.name);
    }
  }
  for (const TestName& test : {pytest, nextest, bats}) {
    if (!test.empty()) return test;
  }
  return {};
}

bool names_pytest_test(const char* entry) { return has_name(entry, "PYTEST_CURRENT_TEST"); }

}  // namespace covenv
