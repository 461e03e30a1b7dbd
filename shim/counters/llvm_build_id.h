// SPDX-License-Identifier: MIT
// The build IDs of a loaded file, which LLVM's runtime writes into its profiles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/counters/elf_file.h"

namespace covenv {

/// Bytes in a process.
struct MemoryRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;

  friend bool operator==(const MemoryRange&, const MemoryRange&) = default;
};

struct BuildIds {
  static constexpr std::size_t kMost = 4;
  std::array<MemoryRange, kMost> ids = {};
  std::size_t count = 0;

  std::span<const MemoryRange> all() const { return {ids.data(), count}; }
};

/// Looks in the notes that the loader has mapped, as the runtime does. `room` holds one segment of
/// notes at a time. False if they cannot be read, need more room, or hold more than kMost IDs.
bool find_build_ids(const LoadedObject& object, std::span<char> room, BuildIds& found);

}  // namespace covenv
