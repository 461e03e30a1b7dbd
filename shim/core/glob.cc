// SPDX-License-Identifier: MIT
#include "shim/core/glob.h"

namespace covenv {

bool glob_match(std::string_view pattern, std::string_view text) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      if (++p == pattern.size()) return true;
      star = p - 1;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool GlobList::matches(std::string_view text) const {
  if (text.empty() || !can_start_with(text.front())) return false;
  if (prefix_size_ != 0) {
    if (text.size() < prefix_size_) return false;
    std::size_t same = 0;
    while (same < prefix_size_ && text[same] == text_[same]) ++same;
    return same == prefix_size_;
  }
  bool found = false;
  for_each_item(list(), [&](std::string_view glob) { found = found || glob_match(glob, text); });
  return found;
}

}  // namespace covenv
