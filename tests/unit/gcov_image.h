// SPDX-License-Identifier: MIT
// A program with gcov's counters, made byte by byte: the ELF file, and the memory of its process.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "counted_program.h"
#include "shim/counters/gcov_program.h"

namespace covenv::testing {

struct FakeFunction {
  std::uint32_t ident = 1;
  std::uint32_t lineno_checksum = 2;
  std::uint32_t cfg_checksum = 3;
  std::vector<std::vector<std::uint64_t>> counters;  ///< of each kind
  bool is_own = true;
};

struct FakeUnit {
  std::uint32_t version = 0x4232322a;  ///< gcc 12.2
  std::uint32_t kinds_count = 8;
  std::uint32_t kinds = 1;
  std::uint32_t stamp = 0x1111;
  std::uint32_t checksum = 0x2222;
  std::string name = "/tmp/a.gcda";
  std::vector<FakeFunction> functions;
};

template <typename T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Words of a .gcda file.
inline std::string gcov_words(std::initializer_list<std::uint32_t> words) {
  std::string bytes;
  for (const std::uint32_t word : words) append(bytes, word);
  return bytes;
}

/// Sections one behind the other, each in 64 KiB of address space.
class GcovImage {
 public:
  static constexpr std::uint64_t kBias = 0x555555000000;
  static constexpr std::uint64_t kSection = 0x10000;
  enum Index : std::uint64_t { kFini, kRodata, kRelro, kData, kBss, kSections };

  std::uint32_t flags = 0;     ///< of __gcov_root
  bool is_constructed = true;  ///< whether __gcov_root points to the units
  bool has_symbols = false;
  std::uint64_t destructors = 3;  ///< entries of .fini_array
  std::uint32_t run_counted = 0;  ///< of clang's runtime

  GcovImage() {
    for (std::string& section : sections_) section.assign(16, '\0');
  }

  void add_gcc(const FakeUnit& unit) {
    const std::uint64_t name = put(kRodata, unit.name + '\0');
    const std::uint64_t info = address_of(kData, place(kData));
    const std::uint64_t info_size = 32 + 8 * unit.kinds_count + 16;
    std::string pointers;
    std::string functions;
    for (const FakeFunction& function : unit.functions) {
      append(pointers, info + info_size + functions.size());
      append(functions, function.is_own ? info : info + 8);
      functions += gcov_words({function.ident, function.lineno_checksum, function.cfg_checksum, 0});
      for (const auto& counters : function.counters) {
        append(functions, std::uint64_t{counters.size()});
        append(functions, put_counters(counters));
      }
    }
    std::string bytes = gcov_words({unit.version, 0});
    append(bytes, last_info_);
    bytes += gcov_words({unit.stamp, unit.checksum});
    append(bytes, name);
    for (std::uint32_t kind = 0; kind < unit.kinds_count; ++kind) {
      append(bytes, std::uint64_t{(unit.kinds >> kind & 1U) != 0 ? 0x5000U : 0U});
    }
    append(bytes, std::uint64_t{unit.functions.size()});
    append(bytes, put(kRelro, pointers));
    put(kData, bytes + functions);
    last_info_ = info;
  }

  void add_clang(const FakeUnit& unit) {
    const std::uint64_t name = put(kRodata, unit.name + '\0');
    std::string idents;
    std::string arcs;
    for (const FakeFunction& function : unit.functions) {
      idents += gcov_words({function.ident, function.lineno_checksum, function.cfg_checksum});
      append(arcs, std::uint64_t{function.counters[0].size()});
      append(arcs, put_counters(function.counters[0]));
    }
    std::string bytes;
    append(bytes, name);
    bytes += gcov_words(
        {unit.version, unit.stamp, static_cast<std::uint32_t>(unit.functions.size()), 0});
    append(bytes, put(kRodata, idents));
    append(bytes, put(kRelro, arcs));
    put(kRelro, bytes);
  }

  /// The memory of the process, from kBias on. Also places the runtime's variables, so that the
  /// file is to be made behind it.
  std::string memory() {
    root_ = place(kBss);
    std::string root;
    append(root, is_constructed ? last_info_ : 0);
    root += gcov_words({flags, 0, 0, 0, 0, 0});
    put(kBss, root);
    counted_ = place(kBss);
    put(kBss, gcov_words({run_counted, 0}));
    std::string bytes;
    for (const std::string& section : sections_) {
      bytes += section;
      bytes.resize((bytes.size() + kSection - 1) / kSection * kSection);
    }
    return bytes;
  }

  std::string file() const {
    std::string names(1, '\0');
    std::string body(sizeof(Elf64_Ehdr), '\0');
    std::vector<Elf64_Shdr> headers(1);
    constexpr const char* kNames[] = {".fini_array", ".rodata", ".data.rel.ro", ".data", ".bss"};
    for (std::uint64_t i = 0; i < kSections; ++i) {
      const std::uint64_t size = i == kFini ? destructors * 8 : sections_[i].size();
      headers.push_back(header(names, kNames[i], SHT_PROGBITS, size));
      headers.back().sh_flags = SHF_ALLOC;
      headers.back().sh_addr = i * kSection;
    }
    if (has_symbols) {
      const std::string strings("\0__gcov_root\0llvm_gcda_summary_info.run_counted\0", 48);
      std::string symbols(sizeof(Elf64_Sym), '\0');
      append(symbols, Elf64_Sym{1, 0, 0, kBss + 1, kBss * kSection + root_, 32});
      append(symbols, Elf64_Sym{13, 0, 0, kBss + 1, kBss * kSection + counted_, 4});
      headers.push_back(header(names, ".symtab", SHT_SYMTAB, symbols.size()));
      headers.back().sh_offset = body.size();
      headers.back().sh_link = static_cast<std::uint32_t>(headers.size());
      body += symbols;
      headers.push_back(header(names, ".strtab", SHT_STRTAB, strings.size()));
      headers.back().sh_offset = body.size();
      body += strings;
    }
    headers.push_back(header(names, ".shstrtab", SHT_STRTAB, 0));
    headers.back().sh_offset = body.size();
    headers.back().sh_size = names.size();
    body += names;
    const Elf64_Ehdr head = elf_header(body.size(), headers.size());
    std::memcpy(body.data(), &head, sizeof(head));
    for (const Elf64_Shdr& item : headers) append(body, item);
    return body;
  }

 private:
  static std::uint64_t address_of(Index section, std::uint64_t offset) {
    return kBias + section * kSection + offset;
  }
  std::uint64_t place(Index section) {
    std::string& bytes = sections_[section];
    bytes.resize((bytes.size() + 7) / 8 * 8);
    return bytes.size();
  }
  std::uint64_t put(Index section, const std::string& bytes) {
    const std::uint64_t at = place(section);
    sections_[section] += bytes;
    return address_of(section, at);
  }
  std::uint64_t put_counters(const std::vector<std::uint64_t>& counters) {
    std::string bytes;
    for (const std::uint64_t counter : counters) append(bytes, counter);
    return put(kBss, bytes);
  }
  static Elf64_Shdr header(std::string& names, const char* name, std::uint32_t type,
                           std::uint64_t size) {
    Elf64_Shdr header = {};
    header.sh_name = static_cast<std::uint32_t>(names.size());
    header.sh_type = type;
    header.sh_size = size;
    names += std::string(name) + '\0';
    return header;
  }

  std::string sections_[kSections];
  std::uint64_t last_info_ = 0;
  std::uint64_t root_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace covenv::testing
