// SPDX-License-Identifier: MIT
// The last known values of what travels, for the moment when the environment as a whole is gone:
// clearenv(), `env -i`, an `environ` pointer swapped before an exec, os.environ emptied by a test.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/core/carry.h"

namespace covenv {

/// Lock-free: a writer that meets another gives up (the value is then not remembered), a reader
/// that meets one finds nothing. Lives in static storage; all text is copied, as setproctitle
/// overwrites the original and libc's setenv() may free it.
class Remembered {
 public:
  static constexpr std::size_t kTextCapacity = std::size_t{32} * 1024;

  /// Takes the environment at start: its carried entries, and a sample of its names as witnesses.
  void learn(const char* const* environment, const Settings& settings);

  /// Keeps a copy of "NAME=value", in place of an older one of that name.
  void remember(const char* entry);

  /// Drops all entries.
  void clear();

  /// Whether an entry is remembered whose name is not in `carried`. Cheap: asked at each exec.
  bool knows_more_than(const Carried& carried) const;

  /// Whether an entry is remembered of which `matches` is true.
  bool knows(bool (*matches)(const char* entry)) const;

  /// To be told of each environment into which a variable is about to be set: an empty one (`env -i
  /// PATH=...`, `su -`) is not what was there, even if most of the names come back.
  void expect_to_set_in(const char* const* environment);

  /// Whether LD_PRELOAD is missing, more than half of the witnesses are, or any since it was empty.
  /// One variable that went by itself was removed on purpose; if nearly all went, nobody meant
  /// ours. LD_PRELOAD alone tells where a program that had few variables is given as few others
  /// (Node and Java's launcher swap `environ` before an exec): who removes ours by name leaves it.
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

  std::atomic<std::uint32_t> version_{0};  // odd while somebody writes
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> is_emptied_{false};
  Slot slots_[Carried::kCapacity] = {};
  bool knows_preload_ = false;
  std::size_t witness_count_ = 0;
  std::uint32_t witnesses_[kMaxWitnesses] = {};
  // The entries of slots_, in their order and without gaps. The last byte stays NUL: who reads a
  // name while it is written still finds an end.
  char text_[kTextCapacity + 1] = {};
};

}  // namespace covenv
