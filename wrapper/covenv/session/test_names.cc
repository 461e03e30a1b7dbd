// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/test_names.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include "wrapper/common/base_name.h"

namespace covenv {
namespace {

/// Without the bytes of a character of UTF-8 whose end was cut off.
std::string_view without_half_character(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && text.size() - start < 3 && (text[start - 1] & 0xC0) == 0x80) --start;
  if (start == 0) return text;
  const auto lead = static_cast<unsigned char>(text[start - 1]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  return text.size() - start + 1 < length ? text.substr(0, start - 1) : text;
}

/// Bats names a test's function after its title: "test_", the letters and digits as they are, a
/// space as '_', and any other byte as "-2e".
std::string title_of_bats(std::string_view function) {
  std::string title;
  for (std::size_t i = std::string_view("test_").size(); i < function.size(); ++i) {
    unsigned byte = 0;
    const char* const digits = function.data() + i + 1;
    if (function[i] == '-' && i + 2 < function.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      title += static_cast<char>(byte);
      i += 2;
    } else {
      title += function[i] == '_' ? ' ' : function[i];
    }
  }
  return title;
}

std::string readable(const std::string& name) {
  constexpr std::string_view kBats = ".bats::";
  const std::size_t file = name.find(".bats::test_");
  if (file == std::string::npos) return name;
  const std::size_t function = file + kBats.size();
  return name.substr(0, function) + title_of_bats(std::string_view(name).substr(function));
}

bool is_test_file(std::string_view name) {
  constexpr std::string_view kEnds[] = {
      ".t",       ".bats",    ".test",    "_test.rb",  "_spec.rb",  "_test.py", ".test.js",
      ".spec.js", ".test.ts", ".spec.ts", ".test.mjs", ".test.cjs", "Test.php"};
  const bool is_begun = name.starts_with("test_") &&
                        (name.ends_with(".py") || name.ends_with(".rb") || name.ends_with(".sh"));
  return is_begun || std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) {
           return name.size() > end.size() && name.ends_with(end);
         });
}

}  // namespace

void TestNames::take(const TestEvent& event, const RecordedEvent& record) {
  if (event.part >= kMostParts || record.text.empty()) return;
  Parts& parts = names_[event.first != 0 ? event.first : record.number];
  std::string& text = parts.text.at(event.part);
  if (text.empty()) ++parts.count;
  text = record.text.front();
  if (event.part == 0) parts.wanted = event.parts;
  parts.is_cut = parts.is_cut || record.is_text_cut;
}

std::string TestNames::name(std::uint32_t number) const {
  const auto found = names_.find(number);
  if (number == 0 || found == names_.end()) return {};
  const Parts& parts = found->second;
  std::string name;
  for (const std::string& text : parts.text) {
    if (text.empty()) break;
    name += text;
  }
  if (!parts.is_cut && parts.count == parts.wanted) return readable(name);
  return readable(std::string(without_half_character(name))) + "\u2026";
}

std::string test_file_of(const std::vector<std::string>& argv) {
  if (argv.empty()) return {};
  if (is_test_file(base_name(argv.front()))) return argv.front();
  const auto word = std::find_if(argv.begin() + 1, argv.end(), [](const std::string& argument) {
    return !argument.starts_with('-');
  });
  return word != argv.end() && is_test_file(base_name(*word)) ? *word : std::string();
}

}  // namespace covenv
