// SPDX-License-Identifier: MIT
// LLVM's raw profiles, versions 8 (LLVM 14 to 17), 9 (18) and 10 (19 to 22): a record of a
// function, and the sizes that depend on the version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace covenv {

inline constexpr std::uint64_t kLlvmRawMagic = 0xff6c'7072'6f66'7281;  // "\xfflprofr\x81"
inline constexpr std::uint64_t kLlvmOldestVersion = 8;
inline constexpr std::uint64_t kLlvmNewestVersion = 10;

/// The highest byte of a version says of what kind the counters are.
inline constexpr std::uint64_t kLlvmVariants = 0xff00'0000'0000'0000;
/// The records are in the debug information.
inline constexpr std::uint64_t kLlvmDebugCorrelate = std::uint64_t{1} << 59U;
/// A counter is a byte: 0xff at first, 0 once the code has run.
inline constexpr std::uint64_t kLlvmByteCoverage = std::uint64_t{1} << 60U;
inline constexpr std::uint64_t kLlvmMemProf = std::uint64_t{1} << 62U;
/// Counters are times, which cannot be merged.
inline constexpr std::uint64_t kLlvmTemporal = std::uint64_t{1} << 63U;

constexpr std::uint64_t llvm_number(std::uint64_t version) { return version & ~kLlvmVariants; }

constexpr std::size_t llvm_record_size(std::uint64_t version) {
  return llvm_number(version) < 9 ? 48 : 64;
}

constexpr std::size_t llvm_counter_size(std::uint64_t version) {
  return (version & kLlvmByteCoverage) != 0 ? 1 : sizeof(std::uint64_t);
}

/// How many bytes fill up the last eight.
constexpr std::uint64_t llvm_padding(std::uint64_t size) { return (8 - size % 8) % 8; }

/// What lies of a function in `__llvm_prf_data`.
struct LlvmRecord {
  std::uint64_t name = 0;
  std::uint64_t hash = 0;
  std::uint64_t counters = 0;  ///< from the record on
  std::uint64_t bitmap = 0;    ///< from the record on
  std::uint32_t counter_count = 0;
  std::uint32_t bitmap_size = 0;
  bool has_value_sites = false;
  bool has_filled_gap = false;  ///< what the layout does not use is not zero

  friend bool operator==(const LlvmRecord&, const LlvmRecord&) = default;
};

/// The record of llvm_record_size(version) bytes at `bytes`.
inline LlvmRecord llvm_record_at(const char* bytes, std::uint64_t version) {
  const auto word = [bytes](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes + at, sizeof(value));
    return value;
  };
  const auto half = [word](std::size_t at) {
    return static_cast<std::uint32_t>(word(at & ~std::size_t{7}) >> (at % 8 * 8));
  };
  LlvmRecord record = {.name = word(0), .hash = word(8), .counters = word(16)};
  switch (llvm_number(version)) {
    case 8:
      record.counter_count = half(40);
      record.has_value_sites = half(44) != 0;
      break;
    case 9:
      record.bitmap = word(24);
      record.counter_count = half(48);
      record.has_value_sites = half(52) != 0;
      record.bitmap_size = half(56);
      record.has_filled_gap = half(60) != 0;
      break;
    default:
      record.bitmap = word(24);
      record.counter_count = half(48);
      record.has_value_sites = half(52) != 0 || (half(56) & 0xffffU) != 0;
      record.bitmap_size = half(60);
      record.has_filled_gap = (half(56) >> 16U) != 0;
  }
  return record;
}

}  // namespace covenv
