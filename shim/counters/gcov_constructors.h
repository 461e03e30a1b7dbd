// SPDX-License-Identifier: MIT
// Whether a file's constructors hand counters to gcov's runtime. A few reads of a few bytes tell a
// large program without counters from one with them.
#pragma once

#include <cstdint>
#include <span>

#include "shim/counters/elf_file.h"

namespace covenv {

enum class GcovConstructors : std::uint8_t {
  kNone,     ///< the file has no counters that a runtime would write
  kOfGcc,    ///< a constructor names what looks like a gcov_info
  kUnclear,  ///< clang's, perhaps, or what they do cannot be seen
};

/// gcov's runtimes write the counters of the units that are registered with them, and a compiler
/// makes a constructor for each unit: gcc's names the unit's gcov_info, clang's names two functions
/// of the unit. Any instruction near the beginning of a constructor, or of the first function that
/// the constructor calls (gcc's LTO), may form these addresses. x86-64 alone: kUnclear elsewhere.
/// `room` holds kRoomForGcovConstructors bytes.
inline constexpr std::size_t kRoomForGcovConstructors = std::size_t{6} * 1024;
GcovConstructors find_gcov_constructors(const ElfFile& file, std::span<char> room);

}  // namespace covenv
