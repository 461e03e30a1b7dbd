// SPDX-License-Identifier: MIT
#include "shim/core/environment.h"

#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr std::string_view kLdPreload = "LD_PRELOAD";

/// The first bytes of the carried names and of covenv's own, one bit each: one test excludes most
/// entries of an environment.
class FirstBytes {
 public:
  void add(char byte) { words_[index(byte) >> 6U] |= std::uint64_t{1} << (index(byte) & 63U); }
  bool has(char byte) const { return (words_[index(byte) >> 6U] >> (index(byte) & 63U) & 1U) != 0; }

 private:
  static unsigned index(char byte) { return static_cast<unsigned char>(byte); }
  std::uint64_t words_[4] = {};
};

}  // namespace

EnvironmentPlan::EnvironmentPlan(const char* const* child, const Carried& carried,
                                 const Preload& preload)
    : child_(child), carried_(carried), preload_(preload) {
  FirstBytes interesting;
  interesting.add('C');
  for (std::size_t i = 0; i < carried.count(); ++i) interesting.add(*carried[i]);

  for (; child != nullptr && *child != nullptr; ++child, ++entries_) {
    const char* const entry = *child;
    if (*entry == 'L' && has_name(entry, kLdPreload) && value_of(entry) != nullptr) {
      has_several_preloads_ = preload_index_ != kNone;
      preload_index_ = entries_;
    }
    if (interesting.has(*entry)) examine(entry);
  }
  if (opted_out_) return;

  for (std::size_t i = 0; i < carried.count(); ++i) {
    if ((not_needed_ >> i & 1U) == 0) ++added_;
  }
  if (preload_index_ != kNone) {
    const std::string_view list(value_of(child_[preload_index_]));
    preload_edit_ = plan_preload(list, preload);
    // The last one is left empty, because without it the one before would take effect.
    if (preload_edit_ == PreloadEdit::kDrop && has_several_preloads_) {
      preload_edit_ = PreloadEdit::kRewrite;
    }
    if (preload_edit_ == PreloadEdit::kRewrite) text_bytes_ = edit_preload(list, preload, nullptr);
  } else if (preload.wanted && !preload.path.empty()) {
    preload_edit_ = PreloadEdit::kRewrite;
    text_bytes_ = preload.path.size();
  }
  if (preload_edit_ == PreloadEdit::kRewrite)
    text_bytes_ += kLdPreload.size() + 2;  // the '=' and the NUL
  unchanged_ = added_ == 0 && preload_edit_ == PreloadEdit::kKeep;
}

void EnvironmentPlan::examine(const char* entry) {
  // Mostly `carried` was taken from this very environment, and has its order.
  const bool is_next = next_ < carried_.count() && carried_[next_] == entry;
  const HashedName name = is_next ? carried_.name(next_) : HashedName(entry);
  const char* const value = entry + name.text.size() + 1;
  if (value[-1] != '=') return;  // getenv() would not find it either
  if (name.text == "COVENV_DISABLE" && parse_flag(value).value_or(false)) opted_out_ = true;
  const std::size_t given = is_next ? next_++ : carried_.find(name);
  if (given != Carried::kNone) not_needed_ |= std::uint64_t{1} << given;
  const bool speaks_for_group = *value == '\0' || rule_of(entry) == GroupRule::kExclusive;
  if (!speaks_for_group) return;
  const std::string_view group = group_of(entry).prefix;
  for (std::size_t i = 0; i < carried_.count(); ++i) {
    if (group_of(carried_[i]).prefix == group) not_needed_ |= std::uint64_t{1} << i;
  }
}

const char** EnvironmentPlan::write(const char** slots, char* text) const {
  const char* rewritten = nullptr;
  if (preload_edit_ == PreloadEdit::kRewrite) {
    rewritten = text;
    for (const char byte : kLdPreload) *text++ = byte;
    *text++ = '=';
    const char* const list = preload_index_ != kNone ? value_of(child_[preload_index_]) : "";
    text += edit_preload(list, preload_, text);
    *text = '\0';
  }
  const char** out = slots;
  for (std::size_t i = 0; i < entries_; ++i) {
    if (i != preload_index_ || preload_edit_ == PreloadEdit::kKeep) {
      *out++ = child_[i];
    } else if (preload_edit_ == PreloadEdit::kRewrite) {
      *out++ = rewritten;
    }
  }
  for (std::size_t i = 0; i < carried_.count(); ++i) {
    if ((not_needed_ >> i & 1U) == 0) *out++ = carried_[i];
  }
  if (preload_index_ == kNone && rewritten != nullptr) *out++ = rewritten;
  *out = nullptr;
  return slots;
}

}  // namespace covenv
