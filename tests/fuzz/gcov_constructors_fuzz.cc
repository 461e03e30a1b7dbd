// SPDX-License-Identifier: MIT
// A file with two constructors of which some bytes lie: the code, the pointers to it, their
// relocations, what the code names, the section headers. The first byte chooses the sound file.
#include <elf.h>

#include <array>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "counted_program.h"
#include "fuzz.h"
#include "gcov_image.h"
#include "shim/counters/gcov_constructors.h"
#include "shim/counters/gcov_layout.h"

namespace {

using covenv::GcovConstructors;
using covenv::testing::append;

constexpr std::uint64_t kSection = 0x1000;  // of address space
constexpr std::uint32_t kGcc12 = 0x4232322a;
constexpr std::size_t kFunctionsAt = 96;  // in gcc 12's unit: how many functions it has
enum Index : std::uint64_t { kPointers = 1, kRelocations, kText, kData };
constexpr std::size_t kSecond = 128;  // where in the text the second constructor begins

/// lea ADDRESS(%rip), REGISTER
std::string lea(std::uint64_t from, std::uint64_t address, unsigned in) {
  std::string bytes = "\x48\x8d";
  bytes += static_cast<char>(5U + (in << 3U));
  append(bytes, static_cast<std::int32_t>(address - (from + 7)));
  return bytes;
}

std::string code_of(std::uint8_t shape) {
  std::string code(256, '\x90');
  const std::uint64_t at = kText * kSection + kSecond;
  std::string second;
  if ((shape & 3U) == 1U) second = lea(at, kData * kSection, 7);
  if ((shape & 3U) == 2U) second = lea(at, kText * kSection, 7) + lea(at + 7, kText * kSection, 6);
  if ((shape & 3U) == 3U) {
    second = "\xe8";
    append(second, std::int32_t{32 - 5});
    second.resize(32, '\x90');
    second += lea(at + 32, kData * kSection, 7);
  }
  return code.replace(kSecond, second.size(), second);
}

std::string pointers_of(bool are_relocated) {
  std::string pointers;
  for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{kSecond}}) {
    append(pointers, are_relocated ? 0 : kText * kSection + place);
  }
  return pointers;
}

std::string relocations_of(bool are_relocated) {
  std::string relocations;
  for (std::uint64_t i = 0; are_relocated && i < 2; ++i) {
    append(relocations,
           Elf64_Rela{.r_offset = kPointers * kSection + i * 8,
                      .r_info = R_X86_64_RELATIVE,
                      .r_addend = static_cast<std::int64_t>(kText * kSection + i * kSecond)});
  }
  return relocations;
}

std::string file_of(std::uint8_t shape) {
  const bool are_relocated = (shape & 4U) != 0;
  std::string unit(256, '\0');
  if ((shape & 8U) != 0) {
    std::memcpy(unit.data(), &kGcc12, sizeof(kGcc12));
    unit[kFunctionsAt] = 1;
  }
  const std::string names("\0.init_array\0.rela.dyn\0.text\0.data\0.shstrtab\0", 45);
  const std::string bodies[] = {pointers_of(are_relocated), relocations_of(are_relocated),
                                code_of(shape), unit, names};
  constexpr std::uint32_t kTypes[] = {SHT_INIT_ARRAY, SHT_RELA, SHT_PROGBITS, SHT_PROGBITS,
                                      SHT_STRTAB};
  constexpr std::uint64_t kFlags[] = {SHF_ALLOC | SHF_WRITE, SHF_ALLOC, SHF_ALLOC | SHF_EXECINSTR,
                                      SHF_ALLOC | SHF_WRITE, 0};
  constexpr std::uint32_t kNamesAt[] = {1, 13, 23, 29, 35};
  std::string file(sizeof(Elf64_Ehdr), '\0');
  std::vector<Elf64_Shdr> headers(1);
  for (std::size_t i = 0; i < std::size(bodies); ++i) {
    headers.push_back({.sh_name = kNamesAt[i],
                       .sh_type = kTypes[i],
                       .sh_flags = kFlags[i],
                       .sh_addr = (i + 1) * kSection,
                       .sh_offset = file.size(),
                       .sh_size = bodies[i].size()});
    file += bodies[i];
  }
  const Elf64_Ehdr head = covenv::testing::elf_header(file.size(), headers.size());
  std::memcpy(file.data(), &head, sizeof(head));
  for (const Elf64_Shdr& item : headers) append(file, item);
  return file;
}

bool has_unit(const std::string& file) {
  for (std::size_t i = 0; i + covenv::kLeastGccUnit <= file.size(); ++i) {
    if (covenv::may_be_gcc_unit(&file[i])) return true;
  }
  return false;
}

GcovConstructors found_in(const std::string& file, char in_the_room) {
  const covenv::testing::OpenedElf elf(file);
  std::vector<char> room(covenv::kRoomForGcovConstructors, in_the_room);
  return find_gcov_constructors(elf.file(), room);
}

GcovConstructors expected_of(std::uint8_t shape) {
#if defined(__x86_64__)
  if ((shape & 3U) == 2U) return GcovConstructors::kUnclear;
  const bool is_named = (shape & 3U) != 0 && (shape & 8U) != 0;
  return is_named ? GcovConstructors::kOfGcc : GcovConstructors::kNone;
#else
  static_cast<void>(shape);
  return GcovConstructors::kUnclear;
#endif
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint8_t shape = size == 0 ? 0 : data[0];
  std::string file = file_of(shape);
  require(found_in(file, '\0') == expected_of(shape), "a sound file has the answer of its code");
  for (std::size_t i = 1; i + 2 < size; i += 3) {
    const std::size_t at = (data[i] | static_cast<unsigned>(data[i + 1]) << 8U) % file.size();
    file[at] = static_cast<char>(data[i + 2]);
  }
  const GcovConstructors found = found_in(file, '\0');
  require(found <= GcovConstructors::kUnclear, "the answer is one of its values");
  require(found == found_in(file, '\xff'), "what the room held before does not matter");
  require(found != GcovConstructors::kOfGcc || has_unit(file), "gcc's unit is in the file");
  return 0;
}
