// SPDX-License-Identifier: MIT
// A program with LLVM's counters made byte by byte: its file, which is its memory as well.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "counted_program.h"
#include "shim/counters/llvm_layout.h"
#include "shim/counters/llvm_profile.h"

namespace covenv::testing {

template <typename T>
std::string as_bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

struct LlvmFunction {
  std::uint64_t name = 0;
  std::uint64_t hash = 0;
  std::vector<std::uint64_t> counters = {};
  std::string bitmap = {};
  std::uint16_t value_sites = 0;
};

/// Addresses are the positions in the file, so the bytes can be mapped as they are, at any base.
struct LlvmImage {
  std::uint64_t version = 10;
  std::vector<LlvmFunction> functions = {{.name = 0x11, .hash = 0x12, .counters = {1, 0}},
                                         {.name = 0x21, .hash = 0x22, .counters = {7}}};
  std::string names = "xyz";
  std::string build_id = "0123456789";  ///< none if empty
  std::string comment = "";
  std::string pattern = "a-%m.raw";  ///< what the runtime holds; it has not started if empty
  std::string linked_pattern = "";
  std::string pid = "4711";
  std::uint64_t counter_bias = 0;
  std::uint64_t filename_size = 192;
  std::uint32_t dumped = 0;
  bool has_symbols = true;
  bool has_coverage_map = true;
  std::string extra_section = "";
  std::uint64_t base = 0x5000'0000;

  std::string bytes() const { return Maker(*this).made(); }

 private:
  class Maker {
   public:
    explicit Maker(const LlvmImage& image) : image_(image) {
      file_.resize(sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr));
      add_notes();
      add_counters();
      add_variables();
      if (!image.comment.empty()) add_section(".comment", image.comment, 0);
      if (image.has_coverage_map) add_section("__llvm_covmap", "map", 0);
      if (!image.extra_section.empty()) add_section(image.extra_section, "more", SHF_ALLOC);
      if (image.has_symbols) add_symbols();
      add_headers();
    }

    std::string made() const { return file_; }

   private:
    std::uint64_t add(const std::string& bytes) {
      file_.resize((file_.size() + 7) / 8 * 8);
      file_ += bytes;
      return file_.size() - bytes.size();
    }

    std::uint64_t add_section(const std::string& name, const std::string& bytes,
                              std::uint64_t flags, std::uint32_t type = SHT_PROGBITS) {
      const std::uint64_t at = add(bytes);
      Elf64_Shdr header = {};
      header.sh_name = static_cast<std::uint32_t>(section_names_.size());
      header.sh_type = type;
      header.sh_flags = flags;
      header.sh_addr = flags == 0 ? 0 : at;
      header.sh_offset = at;
      header.sh_size = bytes.size();
      sections_.push_back(header);
      section_names_ += name + '\0';
      return at;
    }

    void add_notes() {
      if (image_.build_id.empty()) return;
      const Elf64_Nhdr other = {4, 4, NT_GNU_ABI_TAG};
      const Elf64_Nhdr id = {4, static_cast<std::uint32_t>(image_.build_id.size()),
                             NT_GNU_BUILD_ID};
      notes_ = as_bytes(other) + std::string("GNU\0abcd", 8) + as_bytes(id) +
               std::string("GNU\0", 4) + image_.build_id;
      notes_.resize((notes_.size() + 3) / 4 * 4);
      notes_at_ = add(notes_);
    }

    void add_counters() {
      const bool is_bytes = (image_.version & kLlvmByteCoverage) != 0;
      std::string counters;
      std::string bitmaps;
      std::vector<std::uint64_t> counters_at;
      for (const LlvmFunction& function : image_.functions) {
        counters_at.push_back(counters.size());
        for (const std::uint64_t counter : function.counters) {
          counters += is_bytes ? std::string(1, static_cast<char>(counter)) : as_bytes(counter);
        }
        bitmaps += function.bitmap;
      }
      const std::uint64_t counters_begin = add_section("__llvm_prf_cnts", counters, SHF_ALLOC);
      const std::uint64_t bitmap_begin =
          bitmaps.empty() ? 0 : add_section("__llvm_prf_bits", bitmaps, SHF_ALLOC);
      const std::size_t size = llvm_record_size(image_.version);
      const std::uint64_t data_begin = (file_.size() + 7) / 8 * 8;
      std::string data;
      std::uint64_t bitmap_used = 0;
      for (std::size_t i = 0; i < image_.functions.size(); ++i) {
        const LlvmFunction& function = image_.functions[i];
        const std::uint64_t at = data_begin + data.size();
        data +=
            record(function, counters_begin + counters_at[i] - at, bitmap_begin + bitmap_used - at);
        bitmap_used += function.bitmap.size();
        data.resize((i + 1) * size);
      }
      add_section("__llvm_prf_data", data, SHF_ALLOC);
      if (!image_.names.empty()) add_section("__llvm_prf_names", image_.names, SHF_ALLOC);
      add_section("__llvm_prf_vnds", std::string(48, '\0'), SHF_ALLOC);
    }

    std::string record(const LlvmFunction& function, std::uint64_t counters,
                       std::uint64_t bitmap) const {
      const std::uint64_t number = llvm_number(image_.version);
      const std::string pointers(16, '\0');
      std::string made = as_bytes(function.name) + as_bytes(function.hash) + as_bytes(counters);
      if (number >= 9) made += as_bytes(bitmap);
      made += pointers + as_bytes(static_cast<std::uint32_t>(function.counters.size()));
      made += as_bytes(function.value_sites) + as_bytes(std::uint16_t{0});
      if (number >= 10) made += as_bytes(std::uint32_t{0});
      if (number >= 9) made += as_bytes(static_cast<std::uint32_t>(function.bitmap.size()));
      return made;
    }

    void add_variables() {
      const std::uint64_t pattern_at = add(image_.pattern + '\0');
      add_variable("__llvm_profile_raw_version", as_bytes(image_.version));
      std::string filename =
          as_bytes(image_.pattern.empty() ? std::uint64_t{0} : image_.base + pattern_at) +
          std::string(16, '\0') + image_.pid;
      filename.resize(image_.filename_size);
      add_variable("lprofCurFilename", filename);
      if (!image_.linked_pattern.empty()) {
        add_variable("__llvm_profile_filename", image_.linked_pattern + '\0');
      }
      add_variable("__llvm_profile_counter_bias", as_bytes(image_.counter_bias));
      add_variable("ProfileDumped", as_bytes(image_.dumped));
    }

    void add_variable(const std::string& name, const std::string& bytes) {
      Elf64_Sym symbol = {};
      symbol.st_name = static_cast<std::uint32_t>(symbol_names_.size());
      symbol.st_shndx = 1;
      symbol.st_value = add(bytes);
      symbol.st_size = bytes.size();
      symbols_ += as_bytes(symbol);
      symbol_names_ += name + '\0';
    }

    void add_symbols() {
      add_section(".symtab", symbols_, 0, SHT_SYMTAB);
      sections_.back().sh_link = static_cast<std::uint32_t>(sections_.size());
      add_section(".strtab", symbol_names_, 0, SHT_STRTAB);
    }

    void add_headers() {
      const std::string all_names = section_names_ + std::string(".shstrtab\0", 10);
      add_section(".shstrtab", all_names, 0, SHT_STRTAB);
      std::string headers;
      for (const Elf64_Shdr& section : sections_) headers += as_bytes(section);
      Elf64_Ehdr header = {};
      std::memcpy(header.e_ident, ELFMAG, SELFMAG);
      header.e_ident[EI_CLASS] = ELFCLASS64;
      header.e_ident[EI_DATA] = ELFDATA2LSB;
      header.e_phoff = sizeof(header);
      header.e_phentsize = sizeof(Elf64_Phdr);
      header.e_phnum = 2;
      header.e_shoff = add(headers);
      header.e_shentsize = sizeof(Elf64_Shdr);
      header.e_shnum = static_cast<std::uint16_t>(sections_.size());
      header.e_shstrndx = static_cast<std::uint16_t>(sections_.size() - 1);
      Elf64_Phdr segments[2] = {};
      segments[0].p_type = PT_LOAD;
      segments[1].p_type = notes_.empty() ? std::uint32_t{PT_NULL} : std::uint32_t{PT_NOTE};
      segments[1].p_vaddr = notes_at_;
      segments[1].p_memsz = notes_.size();
      file_.replace(0, sizeof(header), as_bytes(header));
      file_.replace(sizeof(header), sizeof(segments), as_bytes(segments));
    }

    const LlvmImage& image_;
    std::string file_;
    std::string section_names_ = std::string(1, '\0');
    std::string symbol_names_ = std::string(1, '\0');
    std::string symbols_ = std::string(sizeof(Elf64_Sym), '\0');
    std::string notes_;
    std::uint64_t notes_at_ = 0;
    std::vector<Elf64_Shdr> sections_ = {Elf64_Shdr{}};
  };
};

/// An image that is looked at.
class LoadedImage {
 public:
  explicit LoadedImage(const LlvmImage& image) : LoadedImage(image.bytes(), image.base) {}
  LoadedImage(const std::string& file, std::uint64_t base)
      : elf_(file), memory_(mapped(file), base), base_(base) {
    is_found_ = find_llvm_profile(object(), room_, profile_);
  }

  LoadedObject object() { return {.file = elf_.file(), .memory = memory_.source(), .bias = base_}; }

  bool is_found() const { return is_found_; }
  const LlvmProfile& profile() const { return profile_; }
  Bytes& memory() { return memory_; }
  std::span<char> room() { return room_; }

 private:
  static std::string mapped(std::string file) {
    file.resize((file.size() + 4095) / 4096 * 4096);
    return file;
  }

  OpenedElf elf_;
  Bytes memory_;
  std::uint64_t base_;
  std::vector<char> room_ = std::vector<char>(kLlvmRoom);
  LlvmProfile profile_;
  bool is_found_ = false;
};

}  // namespace covenv::testing
