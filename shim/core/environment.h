// SPDX-License-Identifier: MIT
// A child's environment: the caller's, byte for byte and in its order, plus carried entries.
#pragma once

#include <cstddef>
#include <cstdint>

#include "shim/core/carry.h"
#include "shim/core/preload.h"

namespace covenv {

/// The plan of how `child` is changed. It works in two passes, so that the caller owns all memory:
/// the constructor measures, write() fills buffers of slots() pointers and text_bytes() bytes.
///
/// - Each carried entry whose name the child lacks is appended, in the order of `carried`.
/// - An explicit value of the child's wins; an explicit empty one opts its whole group out.
/// - LD_PRELOAD: see preload.h. Of several the last is edited, because loaders obey that one.
/// - A child with COVENV_DISABLE=1 is not changed.
///
/// `child` is NULL-terminated; NULL is an empty environment. The array and its entries are not
/// written; all pointers are borrowed and must outlive the plan and its result. O(entries).
class EnvironmentPlan {
 public:
  EnvironmentPlan(const char* const* child, const Carried& carried, const Preload& preload);

  /// Whether `child` needs no change; then write() must not be called.
  bool unchanged() const { return unchanged_; }

  /// Whether the child lacked this entry of `carried`, and gets it.
  bool adds(std::size_t index) const { return (not_needed_ >> index & 1U) == 0 && !opted_out_; }

  /// Pointers that write() needs, the terminating NULL included.
  std::size_t slots() const { return entries_ + added_ + 2; }

  /// Bytes of text that write() needs; 0 if all entries are borrowed.
  std::size_t text_bytes() const { return text_bytes_; }

  /// Fills both buffers; returns `slots`, NULL-terminated. Requires !unchanged().
  const char** write(const char** slots, char* text) const;

 private:
  void examine(const char* entry);

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const char* const* child_;
  const Carried& carried_;
  const Preload& preload_;
  std::uint64_t not_needed_ = 0;  // bit i: carried entry i is there, or opted out
  std::size_t next_ = 0;          // the carried entry that the child is expected to have next
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
