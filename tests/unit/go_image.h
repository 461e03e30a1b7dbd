// SPDX-License-Identifier: MIT
// A Go program made byte by byte: its file, and its memory.
#pragma once

#include <elf.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "counted_program.h"

namespace covenv::testing {

template <typename T>
void put(std::string& bytes, std::uint64_t at, const T& value) {
  std::memcpy(&bytes[at], &value, sizeof(value));
}

/// Addresses are the file's; the memory has them plus kBias.
struct GoImage {
  static constexpr std::uint64_t kBias = 0x7000'0000'0000;

  static constexpr std::uint64_t kModule = 0x1000;  ///< .noptrdata
  static constexpr std::uint64_t kModuleSize = 0x200;
  static constexpr std::uint64_t kBss = 0x2000;
  static constexpr std::uint64_t kBssSize = 0x400;
  static constexpr std::uint64_t kList = kBss + 0x3d0;  ///< in the second piece of a small room
  static constexpr std::uint64_t kFolder = kBss + 0x100;
  static constexpr std::uint64_t kHash = kBss + 0x110;
  static constexpr std::uint64_t kIsHashed = kBss + 0x120;
  static constexpr std::uint64_t kIsEmitted = kBss + 0x121;
  static constexpr std::uint64_t kHooks = kBss + 0x128;
  static constexpr std::uint64_t kAreRunning = kHooks + 24;
  static constexpr std::uint64_t kLock = kBss + 0x150;
  static constexpr std::uint64_t kSignals = kBss + 0x158;
  static constexpr std::uint64_t kPackages = 0x3000;
  static constexpr std::uint64_t kMeta = 0x4000;
  static constexpr std::uint64_t kText = 0x5000;
  static constexpr std::uint64_t kNoPointers = 0x6000;  ///< .noptrbss
  static constexpr std::uint64_t kCounters = kNoPointers + 0x20;
  static constexpr std::uint64_t kEnd = 0x8000;

  bool is_go = true;
  bool has_symbols = true;
  bool is_before_1_23 = false;
  std::string version = "go1.26.8";
  std::string module_section = ".noptrdata";
  std::string folder = "/cov";
  std::vector<std::uint32_t> counters = {};
  std::vector<std::int64_t> fixed_ids = {-1, -1, -1};  ///< one for each package
  std::uint8_t mode = 2;

  /// What lies from kBias + kModule on.
  std::string memory() const {
    std::string bytes(kEnd, '\0');
    const std::uint64_t counters_end = kCounters + counters.size() * sizeof(std::uint32_t);
    put(bytes, kModule + 0x58,
        std::array{kBias + kNoPointers, kBias + counters_end, kBias + kCounters,
                   kBias + counters_end});
    for (std::size_t i = 0; i < fixed_ids.size(); ++i) put_package(bytes, i);
    put(bytes, kList,
        std::array{kBias + kPackages, std::uint64_t{fixed_ids.size()},
                   std::uint64_t{fixed_ids.size() + 1}});
    put(bytes, kFolder, std::array{kBias + kText, std::uint64_t{folder.size()}});
    std::memcpy(&bytes[kText], folder.data(), folder.size());
    for (int i = 0; i < 16; ++i) bytes[kHash + static_cast<unsigned>(i)] = static_cast<char>(i);
    bytes[kIsHashed] = 1;
    put(bytes, kHooks, std::array<std::uint64_t, 3>{kBias + kText, 1, 1});
    if (!counters.empty()) {
      std::memcpy(&bytes[kCounters], counters.data(), counters.size() * sizeof(std::uint32_t));
    }
    return bytes.substr(kModule);
  }

  std::string file() const {
    struct Part {
      std::string name;
      std::uint32_t type;
      std::uint64_t address;
      std::string bytes;
      std::uint64_t size;
      std::uint32_t link = 0;
    };
    std::vector<Part> parts = {{"", SHT_NULL, 0, "", 0}};
    const auto add = [&](const std::string& name, std::uint32_t type, std::uint64_t address,
                         const std::string& bytes, std::uint64_t size) {
      parts.push_back({name, type, address, bytes, size});
    };
    if (is_go) {
      std::string info(128, '\0');
      const std::string_view magic = "\xff Go buildinf:";
      std::memcpy(info.data(), magic.data(), magic.size());
      info[14] = 8;
      info[15] = 2;
      info[32] = static_cast<char>(version.size());
      std::memcpy(&info[33], version.data(), version.size());
      add(".go.buildinfo", SHT_PROGBITS, 0x800, info, info.size());
    }
    add(module_section, SHT_PROGBITS, kModule, "", kModuleSize);
    add(".bss", SHT_NOBITS, kBss, "", kBssSize);
    add(".noptrbss", SHT_NOBITS, kNoPointers, "", kEnd - kNoPointers);
    if (has_symbols) {
      auto [symbols, names] = symbol_table();
      add(".symtab", SHT_SYMTAB, 0, symbols, symbols.size());
      parts.back().link = static_cast<std::uint32_t>(parts.size());
      add(".strtab", SHT_STRTAB, 0, names, names.size());
    }
    add(".shstrtab", SHT_STRTAB, 0, "", 0);
    std::string section_names;
    std::vector<std::size_t> name_places;
    for (const Part& part : parts) {
      name_places.push_back(section_names.size());
      section_names += part.name + '\0';
    }
    parts.back().bytes = section_names;
    parts.back().size = section_names.size();

    std::string bytes(sizeof(Elf64_Ehdr), '\0');
    std::string headers;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Elf64_Shdr header = {};
      header.sh_name = static_cast<std::uint32_t>(name_places[i]);
      header.sh_type = parts[i].type;
      header.sh_flags = parts[i].address != 0 ? SHF_ALLOC : 0;
      header.sh_addr = parts[i].address;
      header.sh_offset = bytes.size();
      header.sh_size = parts[i].size;
      header.sh_link = parts[i].link;
      headers.append(reinterpret_cast<const char*>(&header), sizeof(header));
      bytes += parts[i].bytes;
    }
    put(bytes, 0, elf_header(bytes.size(), parts.size()));
    return bytes + headers;
  }

 private:
  void put_package(std::string& bytes, std::size_t i) const {
    const std::uint64_t at = kPackages + 64 * i;
    const std::uint64_t meta = kMeta + 64 * i;
    constexpr std::uint32_t kMetaSize = 60;
    put(bytes, at, kBias + meta);
    put(bytes, at + 8, kMetaSize);
    for (std::uint64_t k = 0; k < 16; ++k) {
      bytes[at + 12 + k] = bytes[meta + 16 + k] = static_cast<char>(16 * i + k);
    }
    put(bytes, at + 48, fixed_ids[i]);
    bytes[at + 56] = static_cast<char>(mode);
    bytes[at + 57] = 1;
    put(bytes, meta, kMetaSize);
  }

  std::pair<std::string, std::string> symbol_table() const {
    const std::string files = is_before_1_23 ? "runtime/coverage." : "internal/coverage/cfile.";
    std::vector<std::pair<std::string, std::uint64_t>> variables = {
        {is_before_1_23 ? "runtime.covMeta" : "internal/coverage/rtcov.Meta", kList},
        {files + "goCoverDir", kFolder},
        {files + "finalHash", kHash},
        {files + "finalHashComputed", kIsHashed},
        {files + "covProfileAlreadyEmitted", kIsEmitted},
        {is_before_1_23 ? "runtime.exitHooks" : "internal/runtime/exithook.hooks", kHooks},
        {"runtime.sig", kSignals},
        {"runtime.covctrs", kCounters},
        {"runtime.ecovctrs", kCounters + counters.size() * sizeof(std::uint32_t)},
    };
    if (!is_before_1_23) variables.emplace_back("internal/runtime/exithook.locked", kLock);
    std::string names(1, '\0');
    std::string symbols(sizeof(Elf64_Sym), '\0');
    for (const auto& [name, address] : variables) {
      Elf64_Sym symbol = {};
      symbol.st_name = static_cast<std::uint32_t>(names.size());
      symbol.st_value = address;
      symbol.st_shndx = 1;
      symbols.append(reinterpret_cast<const char*>(&symbol), sizeof(symbol));
      names += name + '\0';
    }
    return {symbols, names};
  }
};

}  // namespace covenv::testing
