// SPDX-License-Identifier: MIT
// The counters of a program made by clang -fprofile-instr-generate or rustc -C instrument-coverage:
// where they lie in the process, and what LLVM's runtime there knows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shim/counters/elf_file.h"
#include "shim/counters/llvm_build_id.h"

namespace covenv {

/// What each function here that is given a `room` needs.
inline constexpr std::size_t kLlvmRoom = std::size_t{64} * 1024;

/// What the runtime's own variables say. They have symbols, so a stripped file says nothing.
struct LlvmRuntime {
  bool is_known = false;      ///< The variables have been found.
  std::uint64_t pattern = 0;  ///< Address of the pattern in force; 0 until the runtime has started.
  std::uint64_t linked_pattern = 0;  ///< Address of `__llvm_profile_filename`, or 0.
  /// What %p stands for, with a zero at its end: noted when the runtime starts, so a forked child
  /// has its parent's. Empty if the pattern has no %p.
  std::array<char, 16> pid = {};
  /// The program has called __llvm_profile_dump(): a normal end writes nothing more.
  bool is_dumped = false;
  /// The counters lie in the mapped file (%c): whatever ends the process, nothing is lost, and the
  /// ranges of an LlvmProfile hold nothing. A pattern with %c alone does not say so, because the
  /// compiler has to have prepared the program (-runtime-counter-relocation).
  bool is_continuous = false;
  bool knows_build_id = false;  ///< %b is a specifier (LLVM 21).
  bool knows_signals = false;   ///< %Nx is a specifier.
};

struct LlvmProfile {
  std::uint64_t version = 0;  ///< with its variant bits
  MemoryRange data;           ///< a record for each function
  MemoryRange counters;
  MemoryRange bitmap;  ///< of MC/DC; often none
  MemoryRange names;
  BuildIds build_ids;
  std::uint64_t value_nodes = 0;  ///< room for values, in nodes
  std::uint64_t first_name = 0;   ///< of the first record
  LlvmRuntime runtime;
  /// The pattern if neither the runtime's variables nor the environment give one. Of a stripped
  /// file it is rustc's if `.comment` names rustc.
  std::string_view default_pattern;

  std::uint64_t record_count() const;
  std::uint64_t counter_count() const;
};

/// Finds the counters of an object. False if the object has none, or if the runtime's file cannot
/// be written as the runtime would:
/// - another raw version than 8, 9 or 10; records in the debug information; memory profiles;
/// - value profiles (PGO: indirect calls, sizes, vtables), whose values lie in lists on the heap.
///   llvm-profdata rejects a file without them, and coverage builds have none;
/// - records that point beyond the counters, for which llvm-profdata rejects the whole file;
/// - a stripped file of which the sections (a coverage map), `.comment` and the records' layout do
///   not prove exactly one version.
/// Reads each record once, in pieces of `room`.
bool find_llvm_profile(const LoadedObject& object, std::span<char> room, LlvmProfile& found);

/// Reads the pattern that the runtime holds, or the linked one if the runtime has not started (then
/// a non-empty LLVM_PROFILE_FILE comes first). `pattern` lies in `room`, and is empty if there is
/// none. False if the memory cannot be read, or if the pattern is longer than `room`.
bool read_llvm_pattern(const LlvmProfile& profile, const LoadedObject& object, std::span<char> room,
                       std::string_view& pattern);

/// Reads the build IDs as hexadecimal digits, for %b.
bool read_llvm_build_id(const LlvmProfile& profile, const LoadedObject& object,
                        std::span<char> room, std::string_view& digits);

/// What %m stands for: the runtime's signature of the module.
std::uint64_t llvm_signature(const LlvmProfile& profile);

}  // namespace covenv
