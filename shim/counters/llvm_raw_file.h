// SPDX-License-Identifier: MIT
// LLVM's raw profile (.profraw) of a process's counters: the file that the runtime there would
// write.
#pragma once

#include <cstdint>
#include <span>

#include "shim/counters/elf_file.h"
#include "shim/counters/llvm_profile.h"

namespace covenv {

/// Where the parts of a raw profile lie in it.
struct LlvmRawParts {
  std::uint64_t build_ids;
  std::uint64_t data;
  std::uint64_t counters;
  std::uint64_t bitmap;
  std::uint64_t names;
  std::uint64_t size;  ///< of the whole profile
};

LlvmRawParts llvm_raw_parts(const LlvmProfile& profile);

/// Writes the profile, in pieces of `room` (kLlvmRoom). What is false half-way has written a part.
bool write_llvm_profile(const LlvmProfile& profile, const LoadedObject& object,
                        const ByteSink& sink, std::span<char> room);

/// Whether `file`, of `size` bytes, is a profile into which the runtime would merge its counters
/// (%m): the same module's, at the same places.
bool is_mergeable(const LlvmProfile& profile, const LoadedObject& object, const ByteSource& file,
                  std::uint64_t size, std::span<char> room);

/// Writes the profile with the counters of a mergeable `file` added. `sink` may write over the file
/// itself from its begin on, because each piece is read before it is written. What is behind the
/// profile in the file has to be cut off, as the runtime does.
bool write_merged_llvm_profile(const LlvmProfile& profile, const LoadedObject& object,
                               const ByteSource& file, const ByteSink& sink, std::span<char> room);

/// Whether `file`, of `size` bytes, holds from `at` on what this process has dumped earlier by
/// itself (__llvm_profile_write_file()): the very same header, with the address of the names in it,
/// and no counter that is beyond the one in memory. Then the profile can be written in its place,
/// and loses no line. A forked child's parent has the same header. The header alone also proves
/// nothing of another run of a program at a fixed address (-no-pie).
bool is_earlier_dump(const LlvmProfile& profile, const LoadedObject& object, const ByteSource& file,
                     std::uint64_t at, std::uint64_t size, std::span<char> room);

}  // namespace covenv
