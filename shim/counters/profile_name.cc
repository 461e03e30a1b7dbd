// SPDX-License-Identifier: MIT
#include "shim/counters/profile_name.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace covenv {
namespace {

constexpr std::string_view kDefault = "default.profraw";

enum class Kind : std::uint8_t {
  kNone,
  kPid,
  kHost,
  kFolder,
  kPool,
  kContinuous,
  kBuildId,
  kSignal
};

struct Specifier {
  Kind kind = Kind::kNone;
  std::size_t size = 1;          ///< behind the percent sign
  std::uint32_t pool_files = 0;  ///< of kPool
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// How many digits and letters "9x" or "15x" has, or 0.
std::size_t signal_size(std::string_view text) {
  if (text.empty() || !is_digit(text[0]) || text[0] == '0') return 0;
  if (text.size() > 1 && text[1] == 'x') return 2;
  return text.size() > 2 && is_digit(text[1]) && text[2] == 'x' ? 3 : 0;
}

/// The specifier at the begin of the text, which comes after a percent sign.
Specifier specifier_of(std::string_view text, const PatternFacts& facts) {
  if (text.empty()) return {};
  switch (text.front()) {
    case 'p':
      return {.kind = Kind::kPid};
    case 'h':
      return {.kind = Kind::kHost};
    case 't':
      return {.kind = Kind::kFolder};
    case 'c':
      return {.kind = Kind::kContinuous};
    case 'b':
      if (facts.knows_build_id) return {.kind = Kind::kBuildId};
      break;
    default:
      break;
  }
  const std::size_t signal = facts.knows_signals ? signal_size(text) : 0;
  if (signal != 0) return {.kind = Kind::kSignal, .size = signal};
  // Wraps around as the runtime's number does.
  std::uint32_t files = 0;
  std::size_t size = 0;
  for (; size < text.size() && is_digit(text[size]); ++size) {
    files = files * 10 + static_cast<std::uint32_t>(text[size] - '0');
  }
  if (size == text.size() || text[size] != 'm') return {};
  return {.kind = Kind::kPool, .size = size + 1, .pool_files = std::max(files, 1U)};
}

std::string_view from(std::string_view text, std::size_t at) {
  return {text.data() + at, text.size() - at};
}

/// What a look at the whole pattern gives.
struct Parsed {
  bool is_refused = false;
  bool has_specifier = false;
  bool has_lone_percent = false;
  ProfileName name;
};

/// Notes a specifier. False if the runtime refuses the pattern for it.
bool note(const Specifier& specifier, const PatternFacts& facts, Parsed& parsed) {
  if (specifier.kind != Kind::kNone) parsed.has_specifier = true;
  switch (specifier.kind) {
    case Kind::kFolder:
      return facts.temporary_folder.has_value();
    case Kind::kContinuous:
      return !std::exchange(parsed.name.is_continuous, true);
    case Kind::kBuildId:
      return !facts.build_id.empty();
    case Kind::kPool:
      return std::exchange(parsed.name.pool_files, specifier.pool_files) == 0;
    default:
      return true;
  }
}

Parsed parse(std::string_view pattern, const PatternFacts& facts) {
  Parsed parsed;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    parsed.has_lone_percent = i + 1 == pattern.size();
    const Specifier specifier = specifier_of(from(pattern, i + 1), facts);
    if (!note(specifier, facts, parsed)) {
      parsed.is_refused = true;
      return parsed;
    }
    i += specifier.size;
  }
  return parsed;
}

/// The decimal digits of a number.
class Digits {
 public:
  explicit Digits(std::uint64_t number) {
    do {
      text_[--begin_] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
  }

  std::string_view text() const { return {&text_[begin_], text_.size() - begin_}; }

 private:
  std::array<char, 20> text_;
  std::size_t begin_ = text_.size();
};

/// A text that grows in a room, with a zero behind.
class Text {
 public:
  explicit Text(std::span<char> room) : room_(room) {}

  void add(std::string_view text) {
    if (text.size() >= room_.size() - used_) {
      fits_ = false;
      return;
    }
    if (!fits_ || text.empty()) return;
    std::memcpy(&room_[used_], text.data(), text.size());
    used_ += text.size();
  }

  /// Signature and file of a pool. The runtime has room for 24 characters.
  void add_pool(std::uint64_t signature, std::uint32_t file) {
    constexpr std::size_t kMost = 24;
    const std::size_t begin = used_;
    add(Digits(signature).text());
    add("_");
    // An int for the runtime.
    if (file > INT32_MAX) add("-");
    add(Digits(file > INT32_MAX ? 0U - file : file).text());
    used_ = std::min(used_, begin + kMost);
  }

  std::optional<std::string_view> finished() {
    if (!fits_ || room_.empty()) return std::nullopt;
    room_[used_] = '\0';
    return std::string_view(room_.data(), used_);
  }

 private:
  std::span<char> room_;
  std::size_t used_ = 0;
  bool fits_ = true;
};

void expand(std::string_view pattern, const PatternFacts& facts, Text& text) {
  while (!pattern.empty()) {
    const std::size_t percent = std::min(pattern.find('%'), pattern.size());
    text.add({pattern.data(), percent});
    pattern.remove_prefix(std::min(percent + 1, pattern.size()));
    if (pattern.empty()) return;
    const Specifier specifier = specifier_of(pattern, facts);
    pattern.remove_prefix(specifier.size);
    switch (specifier.kind) {
      case Kind::kPid:
        text.add(facts.pid_text);
        break;
      case Kind::kHost:
        text.add(facts.host);
        break;
      case Kind::kFolder:
        text.add(facts.temporary_folder.value_or(""));
        text.add("/");
        break;
      case Kind::kPool:
        text.add_pool(facts.signature, facts.pid % specifier.pool_files);
        break;
      case Kind::kBuildId:
        text.add(facts.build_id);
        break;
      default:
        break;
    }
  }
}

}  // namespace

std::optional<ProfileName> expand_profile_name(std::string_view pattern, const PatternFacts& facts,
                                               std::span<char> room) {
  if (pattern.empty()) return std::nullopt;
  Parsed parsed = parse(pattern, facts);
  Text text(room);
  if (parsed.is_refused) {
    parsed.name = {.is_continuous = parsed.name.is_continuous, .is_default = true};
    text.add(kDefault);
  } else if (!parsed.has_specifier) {
    text.add(pattern);
  } else if (parsed.has_lone_percent) {
    return std::nullopt;
  } else {
    expand(pattern, facts, text);
  }
  const std::optional<std::string_view> finished = text.finished();
  if (!finished) return std::nullopt;
  parsed.name.text = *finished;
  return parsed.name;
}

}  // namespace covenv
