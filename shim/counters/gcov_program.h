// SPDX-License-Identifier: MIT
// Finds the counters of gcc --coverage and clang --coverage in a program or shared library, and
// reads what the runtime would read of them to write its .gcda files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/counters/call_trace.h"
#include "shim/counters/elf_file.h"
#include "shim/counters/gcov_layout.h"
#include "shim/counters/memory_window.h"

namespace covenv {

enum class GcovMaker : std::uint8_t { kGcc, kClang };

/// What becomes one .gcda file: the functions of a source file, with gcc a `gcov_info`. All
/// addresses are those of the process.
struct GcovUnit {
  std::uint64_t address = 0;
  std::uint32_t version = 0;
  std::uint32_t stamp = 0;
  std::uint32_t checksum = 0;  ///< gcc 12 and newer
  std::uint32_t kinds = 0;     ///< of counters, a bit each
  std::uint64_t name = 0;      ///< of the file, as the compiler has chosen it
  std::uint32_t functions_count = 0;
  std::uint64_t functions = 0;
  std::uint64_t arcs = 0;   ///< clang
  bool is_in_code = false;  ///< clang: an optimiser has made instructions of the tables
};

struct GcovCounters {
  std::uint32_t count = 0;
  std::uint64_t values = 0;  ///< the address of `count` words of 64 bits
};

struct GcovFunction {
  /// Whether this unit counts the function. If not, the linker has kept another unit's copy.
  bool is_own = false;
  std::uint32_t ident = 0;
  std::uint32_t lineno_checksum = 0;
  std::uint32_t cfg_checksum = 0;
  std::uint32_t kinds_count = 0;  ///< 0 if there is no function
  std::array<GcovCounters, 3> counters = {};
};

/// The counters of one object: a program, or a shared library. Each object with counters has its
/// own runtime, and so its own state.
class GcovProgram {
 public:
  /// More units, functions or counters than these are refused, because the lengths lie.
  static constexpr std::size_t kMostUnits = std::size_t{16} * 1024;
  static constexpr std::size_t kMostFunctions = kMostGcovFunctions;
  static constexpr std::size_t kMostCounterBytes = std::size_t{256} * 1024 * 1024;
  static constexpr std::size_t kMostName = 4096;
  /// Room for the units' addresses, for three pieces of memory, and for one of code.
  static constexpr std::size_t kRoomForCode = std::size_t{16} * 1024;
  static constexpr std::size_t kRoom = kMostUnits * 8 + std::size_t{3} * 256 * 1024 + kRoomForCode;

  GcovMaker maker() const { return maker_; }
  /// Whether the runtime has written its files and will not write them again, as after
  /// __gcov_dump(). Adding the counters once more would count them twice.
  bool has_dumped() const { return has_dumped_; }
  /// Whether the runtime has counted this run in its files' summaries, as after __gcov_dump() and
  /// __gcov_reset(). Unknown, and so false, of a stripped program that clang has made.
  bool is_run_counted() const { return is_run_counted_; }

  /// Whether the object has more units, whose code does not show what they are.
  bool has_unreadable_units() const { return has_unreadable_units_; }

  /// The units, in the order in which the runtime writes them.
  std::size_t units_count() const { return units_.size(); }
  bool read_unit(std::size_t index, GcovUnit& unit);
  /// The name of the unit's file, without the NUL. Empty if it cannot be read. Valid until the next
  /// call.
  std::span<const char> read_name(const GcovUnit& unit);

  bool read_function(const GcovUnit& unit, std::uint32_t index, GcovFunction& function);

  /// As many whole counters from the `first` on as one read gives, at most the rest. Empty if these
  /// cannot be read. Valid until the next call of this function or read_name().
  std::span<const char> read_counters(const GcovCounters& counters, std::uint32_t first);

 private:
  friend class GcovFinder;

  bool parse_gcc_unit(const char* bytes, std::uint64_t address, GcovUnit& unit);
  bool parse_clang_unit(const char* bytes, std::uint64_t address, GcovUnit& unit);
  bool has_file_name(const GcovUnit& unit);
  bool read_gcc_function(const GcovUnit& unit, std::uint32_t index, GcovFunction& function);
  bool read_clang_function(const GcovUnit& unit, std::uint32_t index, GcovFunction& function);

  bool is_in_code(std::uint64_t address) const { return extents_[kText].contains(address, 1); }
  CallTrace::Memory traced_memory();
  bool parse_code_unit(std::uint64_t address, GcovUnit& unit);
  bool read_code_function(const GcovUnit& unit, std::uint32_t index, GcovFunction& function);

  static constexpr std::size_t kData = 0;
  static constexpr std::size_t kBss = 1;
  static constexpr std::size_t kRelro = 2;
  static constexpr std::size_t kRodata = 3;
  static constexpr std::size_t kText = 4;
  static constexpr std::size_t kConstructors = 5;

  GcovMaker maker_ = GcovMaker::kGcc;
  bool has_dumped_ = false;
  bool is_run_counted_ = false;
  bool has_unreadable_units_ = false;
  std::array<Extent, 6> extents_ = {};
  std::span<std::uint64_t> units_;  ///< addresses, of tables or of code
  CallTrace trace_;                 ///< of a unit in code: where the next function is to be read
  std::uint64_t traced_unit_ = 0;
  std::uint32_t next_function_ = 0;
  MemoryWindow code_;
  MemoryWindow tables_;  ///< units, and what they point to
  MemoryWindow functions_;
  MemoryWindow counters_;  ///< and names
};

/// Looks for counters. False if there are none, or if the runtime would not write any: no
/// constructor of the object has run yet, say. Of an object without counters this needs one look at
/// the section headers, but for the few that have destructors of their own. Units of clang's that
/// an optimiser has resolved into code (-O1 and higher) are read from the code, on x86-64. Not
/// found are: units of clang's in a program at a fixed address with more than 4 MiB of both .rodata
/// and .strtab, units in code of a stripped program none of which can be read, and releases of gcc
/// before 11 or after 16.
///
/// `room`, GcovProgram::kRoom bytes, belongs to the program as long as the program lives, and so
/// does what `object.memory` refers to. The program must stay where it is, because its windows
/// point into it.
bool find_gcov(const LoadedObject& object, std::span<char> room, GcovProgram& program);

/// What has to be known of all units before the first file is written.
struct GcovSurvey {
  std::uint64_t run_max = 0;     ///< the largest counter of the run
  std::size_t largest_file = 0;  ///< bytes of the unit that needs most, without an old file's
};
bool survey_gcov(GcovProgram& program, GcovSurvey& survey);

}  // namespace covenv
