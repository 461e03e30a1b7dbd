// SPDX-License-Identifier: MIT
// Files and memory for the readers of counters: bytes at numbers, a sink, a file of this machine.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "shim/counters/elf_file.h"

namespace covenv::testing {

/// Bytes that lie from `base` on.
class Bytes {
 public:
  explicit Bytes(std::string bytes, std::uint64_t base = 0)
      : bytes_(std::move(bytes)), base_(base) {}

  ByteSource source() {
    return {.context = this,
            .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
              return static_cast<Bytes*>(context)->copy(at, into);
            }};
  }

  std::string& text() { return bytes_; }
  int reads() const { return reads_; }

 private:
  bool copy(std::uint64_t at, std::span<char> into) {
    ++reads_;
    if (at < base_ || at - base_ > bytes_.size() || into.size() > bytes_.size() - (at - base_)) {
      return false;
    }
    std::memcpy(into.data(), bytes_.data() + (at - base_), into.size());
    return true;
  }

  std::string bytes_;
  std::uint64_t base_;
  int reads_ = 0;
};

/// Of an ELF file whose last section holds the names of the sections. `headers_at`: the position of
/// the section headers.
inline Elf64_Ehdr elf_header(std::uint64_t headers_at, std::size_t sections) {
  Elf64_Ehdr head = {};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
  head.e_shoff = headers_at;
  head.e_shentsize = sizeof(Elf64_Shdr);
  head.e_shnum = static_cast<std::uint16_t>(sections);
  head.e_shstrndx = static_cast<std::uint16_t>(sections - 1);
  return head;
}

/// What a writer has written.
class Written {
 public:
  ByteSink sink() {
    return {.context = this, .write_bytes = [](void* context, std::span<const char> bytes) {
              static_cast<Written*>(context)->text_.append(bytes.data(), bytes.size());
              return true;
            }};
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// An ElfFile with its room.
class OpenedElf {
 public:
  explicit OpenedElf(std::string bytes)
      : bytes_(std::move(bytes)), room_(ElfFile::kRoom), file_(bytes_.source(), room_) {}

  const ElfFile& file() const { return file_; }
  Bytes& bytes() { return bytes_; }

 private:
  Bytes bytes_;
  std::vector<char> room_;
  ElfFile file_;
};

}  // namespace covenv::testing
