// SPDX-License-Identifier: MIT
// The last known values of carried variables, for an environment that is gone as a whole: by
// clearenv(), `env -i`, an `environ` pointer swapped before an exec, os.environ emptied by a test.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/core/carry.h"

namespace covenv {

/// Lock-free: a writer that meets another writer gives up (the value is not remembered then), a
/// reader that meets a writer finds nothing. Static storage. All text is copied, because
/// setproctitle overwrites the original and libc's setenv() may free it.
class Remembered {
 public:
  static constexpr std::size_t kTextCapacity = std::size_t{32} * 1024;

  /// Copies the carried entries of the first environment, and a sample of its names as witnesses.
  void learn(const char* const* environment, const Settings& settings);

  /// Keeps a copy of "NAME=value", in the place of an older one of that name.
  void remember(const char* entry);

  /// Drops all entries.
  void clear();

  /// Whether an entry is remembered whose name is not in `carried`. Cheap, because each exec calls.
  bool knows_more_than(const Carried& carried) const;

  /// Whether `matches` is true of a remembered entry.
  bool knows(bool (*matches)(const char* entry)) const;

  /// To be called before a variable is set in `environment`. Notes if that is empty (`env -i
  /// PATH=...`, `su -`): what is set then is a new environment, even if most names come back.
  void expect_to_set_in(const char* const* environment);

  /// Whether the environment is gone as a whole: LD_PRELOAD is missing, or more than half of the
  /// witnesses, or any witness since it was empty. A variable that alone is missing was removed on
  /// purpose. LD_PRELOAD decides if few variables are swapped for few others (Node and Java's
  /// launcher, before an exec), because a program that removes a variable of ours keeps LD_PRELOAD.
  bool is_gone(const char* const* environment) const;

  /// Bytes that recall() needs at most.
  std::size_t text_size() const { return used_.load(std::memory_order_relaxed); }

  /// Adds to `carried` the remembered entries whose names it lacks, copied into `text`.
  /// `text` must outlive `carried`.
  void recall(std::span<char> text, Carried& carried) const;

 private:
  static constexpr std::size_t kMaxWitnesses = 32;

  struct Slot {
    std::uint32_t start;
    std::uint32_t size;  // with the NUL
    std::uint32_t name_size;
    std::uint32_t hash;  // of its name
  };

  HashedName name_at(std::size_t index) const {
    const Slot& slot = slots_[index];
    return {{&text_[slot.start], slot.name_size}, slot.hash};
  }
  bool begin_write();
  void end_write();
  bool knows(const HashedName& name) const;
  void append(const char* entry, const HashedName& name);
  void forget(const HashedName& name);

  std::atomic<std::uint32_t> version_{0};  // odd during a write
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> is_emptied_{false};
  Slot slots_[Carried::kCapacity] = {};
  bool knows_preload_ = false;
  std::size_t witness_count_ = 0;
  std::uint32_t witnesses_[kMaxWitnesses] = {};
  // The entries of slots_, in their order and without gaps. The last byte stays NUL, so that a
  // reader of a name that is being written still finds an end.
  char text_[kTextCapacity + 1] = {};
};

}  // namespace covenv
