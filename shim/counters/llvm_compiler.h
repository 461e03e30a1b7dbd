// SPDX-License-Identifier: MIT
// Which LLVM has made a program, by its section `.comment`, which `strip` keeps.
#pragma once

#include <cstdint>
#include <span>

#include "shim/counters/elf_file.h"

namespace covenv {

/// The LLVMs that `.comment` names, one bit for each major version: clang's, and those of rustc.
/// 0 if there are none. A version above kNewestLlvm is bit 63, and kMadeByRustc is set beside
/// rustc's.
inline constexpr unsigned kNewestLlvm = 22;
inline constexpr std::uint64_t kMadeByRustc = std::uint64_t{1} << 62U;
std::uint64_t llvms_of(const ElfFile& file, std::span<char> room);

/// Those of the LLVMs that write raw profiles of this version.
std::uint64_t llvms_of_raw_version(std::uint64_t llvms, std::uint64_t version);

}  // namespace covenv
