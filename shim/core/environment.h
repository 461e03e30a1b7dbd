// SPDX-License-Identifier: MIT
// A child's environment: what the caller gave, byte for byte and in its order, plus what it lacks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "shim/core/carry.h"
#include "shim/core/preload.h"

namespace covenv {

/// What `child` becomes. Built in two passes so that the caller owns all memory: the constructor
/// measures, write() fills buffers of slots() pointers and text_bytes() bytes.
///
/// - Each carried entry whose name the child lacks is appended, in the order of `carried`.
/// - An explicit value of the child's wins; an explicit empty one opts its whole group out.
/// - LD_PRELOAD: see preload.h. Of several the last is edited, the one that loaders obey.
/// - A child that says COVENV_DISABLE=1 stays as it is.
///
/// `child` is NULL-terminated or NULL, which is an empty environment. Neither it nor its entries
/// are written; all pointers are borrowed and must outlive the plan and its result. O(entries).
class EnvironmentPlan {
 public:
  EnvironmentPlan(const char* const* child, const Carried& carried, const Preload& preload);

  /// Whether `child` is right as it is; then there is nothing to write.
  bool unchanged() const { return unchanged_; }

  /// Whether this entry of `carried` is one that the child lacked and gets.
  bool adds(std::size_t index) const { return (not_needed_ >> index & 1U) == 0 && !opted_out_; }

  /// Pointers that write() needs, the terminating NULL included.
  std::size_t slots() const { return entries_ + added_ + 2; }

  /// Bytes of text that write() needs; 0 where all entries are borrowed.
  std::size_t text_bytes() const { return text_bytes_; }

  /// Fills both buffers; returns `slots`, NULL-terminated. Call only where !unchanged().
  const char** write(const char** slots, char* text) const;

 private:
  void examine(const char* entry);

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const char* const* child_;
  const Carried& carried_;
  const Preload& preload_;
  std::uint64_t not_needed_ = 0;  // bit i: carried entry i is there, or opted out
  std::size_t next_ = 0;          // the carried entry that is expected
  std::size_t entries_ = 0;
  std::size_t added_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t preload_index_ = kNone;
  PreloadEdit preload_edit_ = PreloadEdit::kKeep;
  bool has_several_preloads_ = false;
  bool opted_out_ = false;
  bool unchanged_ = true;
};

}  // namespace covenv
