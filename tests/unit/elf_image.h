// SPDX-License-Identifier: MIT
// ELF files made byte by byte, and a FileReader over bytes.
#pragma once

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "shim/core/executable.h"

namespace covenv::testing {

#if defined(__x86_64__)
inline constexpr std::uint16_t kNativeMachine = EM_X86_64;
inline constexpr std::uint16_t kForeignMachine = EM_AARCH64;
#else
inline constexpr std::uint16_t kNativeMachine = EM_AARCH64;
inline constexpr std::uint16_t kForeignMachine = EM_X86_64;
#endif

template <typename T>
std::string bytes_of(const T& object) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &object, sizeof(T));
  return bytes;
}

/// A 64-bit little-endian ELF file as a linker lays it out.
struct ElfImage {
  std::uint16_t machine = kNativeMachine;
  bool has_interpreter = true;
  bool has_dynamic = true;
  std::vector<std::string> needed = {"libc.so.6"};
  std::size_t fillers = 0;  ///< dynamic entries of no interest, before DT_STRTAB

  /// The address at which a loader would map the file's virtual address 0.
  static constexpr std::uint64_t kBase = 0x400000;

  std::string bytes() const {
    std::vector<Elf64_Phdr> programs(1 + (has_interpreter ? 1U : 0U) + (has_dynamic ? 1U : 0U));
    const std::size_t body_start = sizeof(Elf64_Ehdr) + programs.size() * sizeof(Elf64_Phdr);
    std::string strings(1, '\0');
    std::vector<Elf64_Dyn> dynamic;
    for (const std::string& library : needed) {
      dynamic.push_back(entry(DT_NEEDED, strings.size()));
      strings += library + '\0';
    }
    const std::string interpreter("/lib64/ld-linux-x86-64.so.2\0", 28);
    const std::size_t strings_start = body_start + interpreter.size();
    for (std::size_t i = 0; i < fillers; ++i) dynamic.push_back(entry(DT_DEBUG, 0));
    dynamic.push_back(entry(DT_STRTAB, kBase + strings_start));
    dynamic.push_back(entry(DT_STRSZ, strings.size()));
    dynamic.push_back(entry(DT_NULL, 0));
    const std::size_t dynamic_start = strings_start + strings.size();
    std::string dynamic_bytes;
    for (const Elf64_Dyn& item : dynamic) dynamic_bytes += bytes_of(item);

    std::size_t next = 0;
    if (has_interpreter) programs[next++] = program(PT_INTERP, body_start, interpreter.size());
    programs[next++] = program(PT_LOAD, 0, dynamic_start + dynamic_bytes.size());
    if (has_dynamic) programs[next] = program(PT_DYNAMIC, dynamic_start, dynamic_bytes.size());

    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = machine;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = static_cast<std::uint16_t>(programs.size());
    std::string file = bytes_of(header);
    for (const Elf64_Phdr& item : programs) file += bytes_of(item);
    return file + interpreter + strings + dynamic_bytes;
  }

 private:
  static Elf64_Dyn entry(std::int64_t tag, std::uint64_t value) {
    Elf64_Dyn made = {};
    made.d_tag = tag;
    made.d_un.d_val = value;
    return made;
  }
  static Elf64_Phdr program(std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    Elf64_Phdr made = {};
    made.p_type = type;
    made.p_offset = offset;
    made.p_vaddr = kBase + offset;
    made.p_filesz = size;
    made.p_memsz = size;
    return made;
  }
};

/// A FileReader over bytes, which counts the reads.
class BytesFile {
 public:
  explicit BytesFile(std::string bytes) : bytes_(std::move(bytes)) {}

  FileReader reader() { return {this, read_at}; }
  std::size_t reads() const { return reads_; }

  ImageReport inspected() {
    ImageReport report;
    inspect_executable(reader(), report);
    return report;
  }

 private:
  static std::size_t read_at(void* context, std::uint64_t offset, std::span<char> into) {
    auto* const self = static_cast<BytesFile*>(context);
    ++self->reads_;
    if (offset >= self->bytes_.size()) return 0;
    const auto start = static_cast<std::size_t>(offset);
    const std::size_t size = std::min(into.size(), self->bytes_.size() - start);
    std::copy_n(self->bytes_.data() + start, size, into.data());
    return size;
  }

  std::string bytes_;
  std::size_t reads_ = 0;
};

}  // namespace covenv::testing
