// SPDX-License-Identifier: MIT
// Which variables travel into a child that was not given them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/settings.h"

namespace covenv {

/// Entries that travel, in the order of the environment they were taken from, each name once.
/// Borrowed pointers.
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

  /// False, and nothing added, once full.
  bool add(const char* entry, const HashedName& name);
  bool add(const char* entry) { return add(entry, HashedName(entry)); }

  /// The index of the entry of this name, or kNone. One look, mostly, however many there are.
  std::size_t find(const HashedName& name) const;
  bool has(const HashedName& name) const { return find(name) != kNone; }

 private:
  // Twice the capacity, so that a search soon meets an empty one: 0, else the index + 1.
  static constexpr std::size_t kBuckets = 2 * kCapacity;

  const char* entries_[kCapacity];
  std::uint32_t sizes_[kCapacity];  // of the names
  std::uint32_t hashes_[kCapacity];
  std::uint8_t buckets_[kBuckets] = {};
  std::size_t count_ = 0;
};

/// Whether this entry travels: its name matches COVENV_CARRY, or it is one of the presets (Go,
/// LLVM, gcov, Node, and JaCoCo, SimpleCov, Devel::Cover, Xdebug where the value names them), or a
/// setting of covenv's own. An empty value is an opt-out and travels nowhere.
bool is_carried(const char* entry, std::string_view name, const Settings& settings);

/// What most entries fail, by their first byte, and before anybody looks where their names end.
bool can_be_carried(const char* entry, const Settings& settings);

inline bool is_carried(const char* entry, const Settings& settings) {
  return can_be_carried(entry, settings) && is_carried(entry, name_of(entry), settings);
}

/// The carried entries of a NULL-terminated environment, the first of each name. Where there are
/// more than Carried::kCapacity the rest stays behind.
void select_carried(const char* const* environment, const Settings& settings, Carried& carried);

/// Whether the variable of this name makes coverage.py start in a child, and whether it does so
/// with the value that it has.
bool names_python_coverage(const char* entry);
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

/// The group of an entry's name; a name of no group is a group by itself.
Group group_of(const char* entry);
/// Its rule alone.
GroupRule rule_of(const char* entry);

}  // namespace covenv
