// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_compiler.h"

#include <algorithm>
#include <string_view>

namespace covenv {
namespace {

constexpr unsigned kUnknown = 63;

/// The number that the text begins with, taken away from the text. Bounded, because digits may lie.
unsigned take_number(std::string_view& text) {
  unsigned number = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    number = std::min(number * 10 + static_cast<unsigned>(text.front() - '0'), 100'000U);
    text.remove_prefix(1);
  }
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + word.size());
  return true;
}

/// The LLVM of rustc 1.`minor`.
unsigned llvm_of_rustc(unsigned minor) {
  if (minor > 97) return kUnknown;
  if (minor >= 95) return 22;
  if (minor >= 91) return 21;
  if (minor >= 87) return 20;
  if (minor >= 82) return 19;
  if (minor >= 78) return 18;
  if (minor >= 73) return 17;
  if (minor >= 70) return 16;
  if (minor >= 65) return 15;
  return minor >= 61 ? 14 : 13;
}

/// The bits of a compiler that calls itself this, 0 if the compiler is another one.
std::uint64_t llvm_of(std::string_view compiler) {
  std::string_view rest = compiler;
  if (take(rest, "rustc version 1.")) {
    return std::uint64_t{1} << llvm_of_rustc(take_number(rest)) | kMadeByRustc;
  }
  rest = compiler;
  if (!take(rest, "clang version ")) return 0;
  const unsigned major = take_number(rest);
  return std::uint64_t{1} << (major > kNewestLlvm ? kUnknown : major);
}

constexpr std::uint64_t bits(unsigned first, unsigned last) {
  return ((std::uint64_t{1} << (last + 1)) - 1) & ~((std::uint64_t{1} << first) - 1);
}

}  // namespace

std::uint64_t llvms_of(const ElfFile& file, std::span<char> room) {
  const std::optional<Section> section = file.find_section(".comment");
  if (!section || section->size > room.size()) return 0;
  room = room.first(static_cast<std::size_t>(section->size));
  if (!file.bytes().read(section->offset, room)) return 0;
  std::uint64_t llvms = 0;
  std::string_view rest(room.data(), room.size());
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find('\0'), rest.size());
    llvms |= llvm_of({rest.data(), size});
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return llvms;
}

std::uint64_t llvms_of_raw_version(std::uint64_t llvms, std::uint64_t version) {
  switch (version) {
    case 8:
      return llvms & bits(14, 17);
    case 9:
      return llvms & bits(18, 18);
    case 10:
      return llvms & bits(19, kNewestLlvm);
    default:
      return 0;
  }
}

}  // namespace covenv
