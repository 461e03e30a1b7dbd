// SPDX-License-Identifier: MIT
// What a file that is about to be executed is, told by its bytes: may it load us?
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace covenv {

/// Reads file bytes by position; how, the caller knows.
struct FileReader {
  void* context;
  /// Fills `into` from `offset` on; the bytes read, fewer at the end of the file, 0 on an error.
  std::size_t (*read_at)(void* context, std::uint64_t offset, std::span<char> into);
};

enum class Image : std::uint8_t {
  kUnknown,     ///< no format that we know, not there, or not ours to read
  kUnreadable,  ///< there, and it could not be looked at
  kScript,      ///< "#!": what the interpreter is decides
  kForeign,     ///< an ELF file of another class or machine: its loader would complain about us
  kStatic,      ///< no loader that reads LD_PRELOAD; its children profit from what it passes on
  kDynamic,
  kWantsFirst,  ///< linked to a sanitizer runtime that refuses to come second to a preloaded
                ///< library
};

struct ImageReport {
  static constexpr std::size_t kMaxInterpreter =
      256;  // BINPRM_BUF_SIZE: the kernel reads no further

  Image image = Image::kUnknown;
  char interpreter[kMaxInterpreter] = {};  ///< of a script: the path, NUL-terminated
};

/// At most one read of the header, one of the dynamic section and one for each library looked at.
/// Any bytes are safe to give it.
void inspect_executable(const FileReader& file, ImageReport& report);

/// False for what would break, or be made to print something, by loading us, and for what may be
/// such.
inline bool may_load_us(Image image) {
  return image != Image::kForeign && image != Image::kWantsFirst && image != Image::kUnreadable;
}

}  // namespace covenv
