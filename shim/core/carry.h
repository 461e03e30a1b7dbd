// SPDX-License-Identifier: MIT
// Which variables travel into a child that was not given them.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/settings.h"

namespace covenv {

/// Entries that travel, in the order of the environment they were taken from. Borrowed pointers.
struct Carried {
  static constexpr std::size_t kCapacity = 64;
  const char* entries[kCapacity];
  std::size_t count = 0;

  /// False, and nothing added, once full.
  bool add(const char* entry) {
    if (count == kCapacity) return false;
    entries[count++] = entry;
    return true;
  }

  /// Whether there is an entry of this name.
  bool has(std::string_view name) const;
};

/// Whether this entry travels: its name matches COVENV_CARRY, or it is one of the presets (Go,
/// LLVM, gcov, Node, and JaCoCo, SimpleCov, Devel::Cover, Xdebug where the value names them), or a
/// setting of covenv's own. An empty value is an opt-out and travels nowhere.
bool is_carried(const char* entry, const Settings& settings);

/// The carried entries of a NULL-terminated environment, the first of each name. Where there are
/// more than Carried::kCapacity the rest stays behind.
void select_carried(const char* const* environment, const Settings& settings, Carried& carried);

/// Whether this variable makes coverage.py start in a child.
bool starts_python_coverage(const char* entry);

/// How variables that only make sense together are completed in a child that has some of them.
enum class GroupRule : unsigned char {
  kFill,       ///< add those that it lacks (COV_CORE_*: a missing one breaks pytest-cov's start)
  kExclusive,  ///< add none (COVERAGE_PROCESS_START and _CONFIG are two ways to say one thing)
};

struct Group {
  std::string_view prefix;
  GroupRule rule;
};

/// The group of a name; a name of no group is a group by itself.
Group group_of(std::string_view name);

}  // namespace covenv
