// SPDX-License-Identifier: MIT
// What differs between the versions of gcc that write .gcda files, and the words that do not.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

namespace covenv {

inline constexpr std::uint32_t kGcovMagic = 0x67636461;  ///< "gcda"
inline constexpr std::uint32_t kGcovFunctionTag = 0x01000000;
inline constexpr std::uint32_t kGcovCountersTag = 0x01a10000;  ///< of arcs, kind 0
inline constexpr std::uint32_t kGcovKindStep = 0x00020000;     ///< from a kind's tag to the next
inline constexpr std::uint32_t kGcovObjectSummaryTag = 0xa1000000;
inline constexpr std::uint32_t kGcovProgramSummaryTag = 0xa3000000;

/// gcc's structures and files.
struct GcovLayout {
  std::uint32_t kinds;        ///< of counters, each with a merge function in gcov_info
  std::uint32_t word_length;  ///< what a length counts for each four bytes
  bool has_checksum;          ///< which then tells a file of another compilation
  bool refuses_cut_file;      ///< that ends inside a function's counters
};

/// The kinds of counters that coverage has: arcs, conditions (gcc 14), paths (gcc 15). The others
/// are those of -fprofile-generate.
inline constexpr std::uint32_t kGcovArcs = 0;
inline constexpr std::uint32_t kGcovCoverageKinds = 1U << 0U | 1U << 8U | 1U << 9U;
inline constexpr std::uint32_t kMostGcovCoverageKinds = 3;

/// The bits of `kinds`. std::popcount() would need a function of libgcc's.
inline std::uint32_t gcov_kinds_count(std::uint32_t kinds) {
  std::uint32_t count = 0;
  for (std::uint32_t bit = 0; bit < 32; ++bit) count += kinds >> bit & 1U;
  return count;
}

/// "B22*" as a word is gcc 12.2. The last character is the status of a release.
inline std::optional<std::uint32_t> gcov_release_of(std::uint32_t version) {
  const std::uint32_t tens = (version >> 24U & 0xffU) - 'A';
  const std::uint32_t ones = (version >> 16U & 0xffU) - '0';
  const std::uint32_t minor = (version >> 8U & 0xffU) - '0';
  const std::uint32_t status = version & 0xffU;
  if (tens > 25 || ones > 9 || minor > 9) return std::nullopt;
  if (status != '*' && status != 'p' && status != 'r') return std::nullopt;
  return tens * 10 + ones;
}

inline std::optional<GcovLayout> gcov_layout_of(std::uint32_t version) {
  const std::optional<std::uint32_t> release = gcov_release_of(version);
  if (!release || *release < 11 || *release > 16) return std::nullopt;
  return GcovLayout{.kinds = *release < 14   ? 8U
                             : *release < 15 ? 9U
                                             : 10U,
                    .word_length = *release < 12 ? 1U : 4U,
                    .has_checksum = *release >= 12,
                    .refuses_cut_file = *release >= 13};
}

/// The number that clang's runtime makes of a version: "408*" is 48. Nothing if clang never writes
/// such a version.
inline std::optional<std::uint32_t> clang_gcov_version_of(std::uint32_t version) {
  const std::uint32_t first = version >> 24U & 0xffU;
  const std::uint32_t second = (version >> 16U & 0xffU) - '0';
  const std::uint32_t third = (version >> 8U & 0xffU) - '0';
  const bool is_letter = first >= 'A' && first <= 'Z';
  const bool is_digit = first >= '0' && first <= '9';
  if ((!is_letter && !is_digit) || second > 9 || third > 9 || (version & 0xffU) != '*') {
    return std::nullopt;
  }
  return is_letter ? (first - 'A') * 100 + second * 10 + third : (first - '0') * 10 + third;
}

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline constexpr std::uint32_t kMostGcovFunctions = 1024 * 1024;  ///< of a program

inline bool is_gcov_count(std::uint32_t functions) {
  return functions != 0 && functions <= kMostGcovFunctions;
}

/// As much of a gcov_info, kLeastGccUnit bytes, as the file shows: the version, and the number of
/// functions behind the merge functions. Its pointers are the loader's.
inline constexpr std::size_t kLeastGccUnit = 32 + 10 * 8 + 4;
inline bool may_be_gcc_unit(const char* bytes) {
  const std::optional<GcovLayout> layout = gcov_layout_of(load<std::uint32_t>(bytes));
  return layout && load<std::uint32_t>(bytes + 4) == 0 &&
         is_gcov_count(load<std::uint32_t>(bytes + 32 + std::size_t{layout->kinds} * 8));
}

}  // namespace covenv
