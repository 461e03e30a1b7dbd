// SPDX-License-Identifier: MIT
// The two hashes by which Go names the list of a program's packages: MD5 up to Go 1.23, FNV-1a of
// 128 bits from Go 1.24 on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace covenv {

using GoHash = std::array<std::uint8_t, 16>;

/// FNV-1a, 128 bits, big-endian.
class Fnv128a {
 public:
  void add(std::span<const std::uint8_t> bytes);
  GoHash sum() const;

 private:
  std::uint64_t high_ = 0x6c62272e07bb0142;
  std::uint64_t low_ = 0x62b821756295c58d;
};

class Md5 {
 public:
  void add(std::span<const std::uint8_t> bytes);
  /// Ends the message: nothing can be added any more.
  GoHash finish();

 private:
  void add_block();

  std::array<std::uint32_t, 4> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<std::uint8_t, 64> block_ = {};
  std::uint64_t size_ = 0;
};

}  // namespace covenv
