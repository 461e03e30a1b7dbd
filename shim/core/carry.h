// SPDX-License-Identifier: MIT
// Which variables are carried, that is, put back into the environment of a child that lacks them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/settings.h"

namespace covenv {

/// Carried entries, in the order of the environment that they are from, each name once. All
/// pointers are borrowed.
class Carried {
 public:
  static constexpr std::size_t kCapacity = 64;
  static constexpr std::size_t kNone = kCapacity;

  std::size_t count() const { return count_; }
  const char* operator[](std::size_t index) const { return entries_[index]; }
  const char* const* begin() const { return entries_; }
  const char* const* end() const { return entries_ + count_; }

  HashedName name(std::size_t index) const {
    return {{entries_[index], sizes_[index]}, hashes_[index]};
  }

  /// Returns false and adds nothing if it is full.
  bool add(const char* entry, const HashedName& name);
  bool add(const char* entry) { return add(entry, HashedName(entry)); }

  /// The index of the entry of this name, or kNone. O(1) on average.
  std::size_t find(const HashedName& name) const;
  bool has(const HashedName& name) const { return find(name) != kNone; }

 private:
  // Each holds an index + 1, or 0. Twice the capacity, so that a search soon meets an empty one.
  static constexpr std::size_t kBuckets = 2 * kCapacity;

  const char* entries_[kCapacity];
  std::uint32_t sizes_[kCapacity];  // of the names
  std::uint32_t hashes_[kCapacity];
  std::uint8_t buckets_[kBuckets] = {};
  std::size_t count_ = 0;
};

/// Whether this entry is carried: its name matches COVENV_CARRY, or it is one of the presets (Go,
/// LLVM, gcov, Node; JaCoCo, SimpleCov, Devel::Cover, Xdebug if the value names them), or a setting
/// of covenv's own. An empty value is an opt-out, and is not carried.
bool is_carried(const char* entry, std::string_view name, const Settings& settings);

/// A cheap pre-filter on the first byte: false for most entries, which are not carried then.
bool can_be_carried(const char* entry, const Settings& settings);

inline bool is_carried(const char* entry, const Settings& settings) {
  return can_be_carried(entry, settings) && is_carried(entry, name_of(entry), settings);
}

/// Adds the carried entries of a NULL-terminated environment to `carried`: the first of each name,
/// and no more than Carried::kCapacity.
void select_carried(const char* const* environment, const Settings& settings, Carried& carried);

/// Whether a variable of this name can make coverage.py start in a child, and whether this entry
/// does, because its value is not empty.
bool names_python_coverage(const char* entry);
bool starts_python_coverage(const char* entry);

/// What is added to a child that has some variables of a group.
enum class GroupRule : unsigned char {
  kFill,       ///< the others (COV_CORE_*: a missing one breaks pytest-cov's start)
  kExclusive,  ///< nothing (COVERAGE_PROCESS_START and _CONFIG are two ways to say one thing)
};

struct Group {
  std::string_view prefix;
  GroupRule rule;
};

/// The group of an entry's name; a name of no group is a group by itself.
Group group_of(const char* entry);
/// The rule of that group.
GroupRule rule_of(const char* entry);

}  // namespace covenv
