// SPDX-License-Identifier: MIT
#include "shim/counters/go_hash.h"

#include <cstring>

namespace covenv {
namespace {

constexpr std::array<std::uint32_t, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::uint8_t, 16> kShifts = {7, 12, 17, 22, 5, 9,  14, 20,
                                                  4, 11, 16, 23, 6, 10, 15, 21};

constexpr std::uint32_t rotated(std::uint32_t value, unsigned count) {
  return value << count | value >> (32 - count);
}

}  // namespace

void Fnv128a::add(std::span<const std::uint8_t> bytes) {
  // The prime is 2^88 + 0x13b.
  for (const std::uint8_t byte : bytes) {
    low_ ^= byte;
    const std::uint64_t low_half = (low_ & 0xffffffff) * 0x13b;
    const std::uint64_t high_half = (low_ >> 32) * 0x13b + (low_half >> 32);
    high_ = high_ * 0x13b + (high_half >> 32) + (low_ << 24);
    low_ = high_half << 32 | (low_half & 0xffffffff);
  }
}

GoHash Fnv128a::sum() const {
  GoHash sum = {};
  for (std::size_t i = 0; i < 8; ++i) {
    sum[i] = static_cast<std::uint8_t>(high_ >> (56 - 8 * i));
    sum[8 + i] = static_cast<std::uint8_t>(low_ >> (56 - 8 * i));
  }
  return sum;
}

void Md5::add(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    block_[size_++ % block_.size()] = byte;
    if (size_ % block_.size() == 0) add_block();
  }
}

GoHash Md5::finish() {
  const std::uint64_t bits = size_ * 8;
  constexpr std::uint8_t kEnd[] = {0x80};
  constexpr std::uint8_t kZero[] = {0};
  add(kEnd);
  while (size_ % block_.size() != block_.size() - sizeof(bits)) add(kZero);
  std::array<std::uint8_t, sizeof(bits)> length = {};
  std::memcpy(length.data(), &bits, sizeof(bits));
  add(length);
  GoHash sum = {};
  std::memcpy(sum.data(), state_.data(), sum.size());
  return sum;
}

void Md5::add_block() {
  auto [a, b, c, d] = state_;
  for (std::size_t i = 0; i < kSines.size(); ++i) {
    const std::size_t round = i / 16;
    std::uint32_t mixed = 0;
    std::size_t word = 0;
    switch (round) {
      case 0:
        mixed = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
        break;
    }
    std::uint32_t input = 0;
    std::memcpy(&input, &block_[4 * word], sizeof(input));
    const std::uint32_t turned = rotated(a + mixed + kSines[i] + input, kShifts[4 * round + i % 4]);
    a = d;
    d = c;
    c = b;
    b += turned;
  }
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
}

}  // namespace covenv
