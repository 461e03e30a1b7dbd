// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covenv {

/// Writes a path into a buffer; finish() is false if the path does not fit.
class PathWriter {
 public:
  explicit PathWriter(std::span<char> into) : into_(into) {}

  void add(std::string_view text);
  void add_number(std::uint64_t number);
  void add_hex(std::uint64_t number);  ///< 16 digits
  bool finish();

 private:
  void add(char byte);

  std::span<char> into_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace covenv
