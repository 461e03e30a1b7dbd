// SPDX-License-Identifier: MIT
// The image of a program's file, told by its bytes, and whether the program may load the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace covenv {

/// Reads a file's bytes by position, in the caller's way.
struct FileReader {
  void* context;
  /// Fills `into` from `offset` on. Returns the bytes read: fewer at the file's end, 0 on an error.
  std::size_t (*read_at)(void* context, std::uint64_t offset, std::span<char> into);
};

enum class Image : std::uint8_t {
  kUnknown,     ///< a format that we do not know, a missing file, or one without read permission
  kUnreadable,  ///< a file that could not be inspected for another reason
  kScript,      ///< "#!": the interpreter's image decides
  kForeign,     ///< an ELF file of another class or machine: its loader would complain about us
  kStatic,      ///< no loader that reads LD_PRELOAD; its children get what it hands down
  kDynamic,
  kWantsFirst,  ///< linked to a sanitizer runtime that refuses to load after a preloaded library
};

struct ImageReport {
  static constexpr std::size_t kMaxInterpreter = 256;  // BINPRM_BUF_SIZE, all the kernel reads

  Image image = Image::kUnknown;
  char interpreter[kMaxInterpreter] = {};  ///< of a script: the path, NUL-terminated
};

/// Reads the header once, the dynamic section once, and each library name that it compares. Safe
/// with any bytes.
void inspect_executable(const FileReader& file, ImageReport& report);

/// False if preloading could break the program or make it print something, or if in doubt.
inline bool may_load_us(Image image) {
  return image != Image::kForeign && image != Image::kWantsFirst && image != Image::kUnreadable;
}

}  // namespace covenv
