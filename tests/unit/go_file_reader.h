// SPDX-License-Identifier: MIT
// What a covcounters file says. A file that is no sound one is a failure of the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace covenv::testing {

class GoFile {
 public:
  explicit GoFile(std::string bytes) : bytes_(std::move(bytes)) {
    EXPECT_GE(bytes_.size(), 64U) << "no file";
    if (bytes_.size() < 64) return;
    EXPECT_EQ(number<std::uint32_t>(0), 0x6d776300U);
    EXPECT_EQ(bytes_.substr(24, 8), std::string("\2\0\0\0\0\0\0\0", 8));
    const std::uint64_t function_count = number<std::uint64_t>(32);
    const std::size_t strings_end = 48 + number<std::uint32_t>(40);
    body_at_ = strings_end + number<std::uint32_t>(44);
    EXPECT_EQ(body_at_ % 4, 0U);
    read_strings();
    EXPECT_EQ(at_, strings_end);
    read_arguments();
    EXPECT_LE(at_, body_at_);
    EXPECT_LT(body_at_ - at_, 4U);
    at_ = body_at_;
    for (std::uint64_t i = 0; i < function_count; ++i) read_function();
    EXPECT_EQ(bytes_.substr(at_), std::string("\0cwm\0\0\0\0\1\0\0\0\0\0\0\0", 16));
  }

  using Arguments = std::vector<std::pair<std::string, std::string>>;
  const Arguments& arguments() const { return arguments_; }
  std::size_t string_count() const { return strings_.size(); }

  /// Each as the number of its counters, the package, the index, the counters.
  const std::vector<std::vector<std::uint32_t>>& functions() const { return functions_; }

  std::string head() const { return bytes_.substr(0, 40); }
  std::string body() const { return bytes_.substr(body_at_); }
  std::size_t size() const { return bytes_.size(); }

  std::vector<std::string> sorted_strings() const {
    std::vector<std::string> sorted = strings_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  template <typename T>
  T number(std::size_t at) const {
    T value;
    std::memcpy(&value, &bytes_.at(at + sizeof(value) - 1) - (sizeof(value) - 1), sizeof(value));
    return value;
  }

  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(bytes_.at(at_++));
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
  }

  void read_strings() {
    at_ = 48;
    for (std::uint64_t left = uleb(); left > 0; --left) {
      const std::uint64_t size = uleb();
      strings_.push_back(bytes_.substr(at_, size));
      at_ += size;
    }
  }

  void read_arguments() {
    for (std::uint64_t left = uleb(); left > 0; --left) {
      const std::string key = strings_.at(uleb());
      arguments_.emplace_back(key, strings_.at(uleb()));
    }
  }

  void read_function() {
    std::vector<std::uint32_t> function;
    const std::uint64_t count = uleb();
    function.push_back(static_cast<std::uint32_t>(count));
    for (std::uint64_t i = 0; i < count + 2; ++i) {
      function.push_back(static_cast<std::uint32_t>(uleb()));
    }
    functions_.push_back(function);
  }

  std::string bytes_;
  std::size_t at_ = 0;
  std::size_t body_at_ = 0;
  std::vector<std::string> strings_;
  Arguments arguments_;
  std::vector<std::vector<std::uint32_t>> functions_;
};

}  // namespace covenv::testing
