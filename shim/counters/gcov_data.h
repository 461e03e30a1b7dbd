// SPDX-License-Identifier: MIT
// The contents of a .gcda file, as the runtime would write them if the process ended now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/counters/gcov_program.h"

namespace covenv {

/// What the files of one object have in common.
struct GcovRun {
  std::uint64_t run_max = 0;    ///< of the survey
  bool is_run_counted = false;  ///< at first the program's; clang counts a run in one file only
};

enum class GcovOutcome : std::uint8_t {
  kMade,
  kUnreadable,    ///< memory cannot be read
  kUnsupported,   ///< counters of -fprofile-generate
  kNoRoom,        ///< for the new contents
  kForeignFile,   ///< the old contents are not a .gcda file
  kOtherVersion,  ///< another release of the compiler has written the old contents
  kMismatch,      ///< the old contents are damaged, or of other functions
};

struct GcovData {
  GcovOutcome outcome = GcovOutcome::kUnreadable;
  std::size_t size = 0;
};

/// Merges the unit's counters in memory with `old`, the whole contents of its file (none if there
/// is no file), into `contents`, which overlaps nothing and has room for the survey's largest file
/// plus `old`. Unless the outcome is kMade, the file is to stay as it is: the runtime would not
/// write it either, or, with clang, would damage it.
///
/// The size is at least that of `old`, because no runtime truncates a file.
///
/// To be called for each unit in turn with the same `run`. Not before has_dumped() was looked at.
GcovData make_gcov_data(GcovProgram& program, const GcovUnit& unit, GcovRun& run,
                        std::span<const char> old, std::span<char> contents);

}  // namespace covenv
