// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_name.h"

#include <algorithm>
#include <cstring>

namespace covenv {
namespace {

/// The text behind `count` characters. substr() could throw.
std::string_view behind(std::string_view text, std::size_t count) {
  text.remove_prefix(std::min(count, text.size()));
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// atoi(), in which a negative number is 0, and a large one stays large.
std::uint32_t strip_count(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r'))) {
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  constexpr std::uint32_t kMost = 1U << 20U;  // deeper than any name
  std::uint32_t count = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    count = std::min(count * 10 + static_cast<std::uint32_t>(text.front() - '0'), kMost);
  }
  return count;
}

/// The name without its first `count` folders, but for the slash behind the last of them. A slash
/// at the beginning is not counted; of too few folders the last name stays.
std::string_view without_folders(std::string_view name, std::uint32_t count) {
  std::size_t begin = 0;
  for (std::size_t at = 1; at < name.size() && count != 0; ++at) {
    if (name[at] != '/') continue;
    begin = at;
    --count;
  }
  return behind(name, begin);
}

/// A text in a room of fixed size.
class Text {
 public:
  explicit Text(std::span<char> room) : room_(room) {}

  void add(std::string_view part) { replace(size_, 0, part); }

  /// Puts a part in the place of `old_size` characters.
  void replace(std::size_t at, std::size_t old_size, std::string_view part) {
    if (part.empty() && old_size == 0) return;
    const std::size_t rest_at = at + old_size;
    if (is_full_ || part.size() > room_.size() - (size_ - old_size)) {
      is_full_ = true;
      return;
    }
    std::memmove(room_.data() + at + part.size(), room_.data() + rest_at, size_ - rest_at);
    if (!part.empty()) std::memcpy(room_.data() + at, part.data(), part.size());
    size_ += part.size() - old_size;
  }

  std::string_view view() const { return {room_.data(), size_}; }
  std::size_t size() const { return is_full_ ? 0 : size_; }
  bool is_full() const { return is_full_; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool is_full_ = false;
};

class Decimal {
 public:
  explicit Decimal(std::uint32_t value) {
    do {
      digits_[--begin_] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
  }
  std::string_view view() const { return {digits_ + begin_, sizeof(digits_) - begin_}; }

 private:
  char digits_[10];
  std::size_t begin_ = sizeof(digits_);
};

/// Replaces %p and %q{VARIABLE} as libgcov does: anything else behind a percent sign ends it, and
/// the character behind a replacement is passed over.
void expand(Text& name, const GcovEnvironment& environment) {
  for (std::size_t at = 0; at + 1 < name.view().size() && !name.is_full(); ++at) {
    if (name.view()[at] != '%') continue;
    const std::string_view rest = behind(name.view(), at + 1);
    if (rest.front() == 'p') {
      const Decimal pid(environment.pid);
      name.replace(at, 2, pid.view());
      at += pid.view().size();
      continue;
    }
    if (rest.front() != 'q') return;
    if (!rest.starts_with("q{")) {
      name.replace(at, 1, {});
      continue;
    }
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return;
    const std::string_view value = environment.find({rest.data() + 2, end - 2}).value_or("");
    name.replace(at, end + 2, value);
    at += value.size();
  }
}

}  // namespace

std::size_t make_gcov_name(GcovMaker maker, std::span<const char> compiled,
                           const GcovEnvironment& environment, std::span<char> name) {
  std::string_view prefix = environment.find("GCOV_PREFIX").value_or("");
  const std::uint32_t strip =
      strip_count(environment.find("GCOV_PREFIX_STRIP").value_or(std::string_view()));
  std::string_view own(compiled.data(), compiled.size());
  Text text(name);
  if (maker == GcovMaker::kClang) {
    if (!prefix.empty()) {
      text.add(prefix);
      if (!prefix.ends_with('/')) text.add("/");
      own = without_folders(own, strip);
    }
    text.add(own);
    return text.size();
  }
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty() && strip != 0) prefix = ".";
  own = without_folders(own, strip);
  text.add(prefix);
  if (!prefix.empty() && !own.starts_with('/')) text.add("/");
  text.add(own);
  expand(text, environment);
  return text.size();
}

}  // namespace covenv
