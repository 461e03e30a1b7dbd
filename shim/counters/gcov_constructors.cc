// SPDX-License-Identifier: MIT
#include "shim/counters/gcov_constructors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>

#include "shim/counters/gcov_layout.h"
#include "shim/counters/memory_window.h"

namespace covenv {
namespace {

#if defined(__x86_64__)

constexpr std::uint64_t kReach = 96;  // compilers form the address in the first 46 bytes
constexpr std::size_t kCallReach = 24;
constexpr std::size_t kLeastInstruction = 6;
constexpr std::size_t kBetween = 20;   // from one of clang's two addresses to the other: 10
constexpr std::uint64_t kMost = 4096;  // constructors

constexpr Extent kWhole = {.begin = 0, .end = std::numeric_limits<std::int64_t>::max()};

class Search {
 public:
  Search(const ElfFile& file, std::span<char> room)
      : file_(file),
        pointers_(file.bytes(), {&kWhole, 1}, room.first(kPiece)),
        relocations_(file.bytes(), {&kWhole, 1}, room.subspan(kPiece, kPiece)),
        code_(file.bytes(), {&kWhole, 1}, room.subspan(2 * kPiece)) {}

  GcovConstructors run() {
    const std::optional<Section> table = file_.find_section(".init_array");
    if (!table) return GcovConstructors::kNone;
    if (table->type == SHT_NOBITS || table->size > kMost * kWord) return GcovConstructors::kUnclear;
    for (std::uint64_t at = 0; at + kWord <= table->size; at += kWord) {
      const char* const pointer = pointers_.bytes(table->offset + at, kWord);
      if (pointer == nullptr) return GcovConstructors::kUnclear;
      std::uint64_t function = load<std::uint64_t>(pointer);
      if (function == 0 && !find_relocated(table->address + at, function)) {
        return GcovConstructors::kUnclear;
      }
      const GcovConstructors found = look_at(function);
      if (found != GcovConstructors::kNone) return found;
    }
    return GcovConstructors::kNone;
  }

 private:
  static constexpr std::size_t kPiece = kRoomForGcovConstructors / 6;
  static constexpr std::uint64_t kWord = 8;
  static constexpr unsigned kRsi = 6;
  static constexpr unsigned kRdi = 7;

  /// A function's beginning, and what that has shown so far.
  struct Function {
    std::uint64_t address = 0;
    std::size_t size = 0;  ///< of the code
    std::array<char, kReach> code = {};
    std::array<std::size_t, 8> formed_at = {};  ///< by register: behind the address of some code

    std::size_t first_formed = kCallReach;

    unsigned byte_at(std::size_t i) const { return static_cast<unsigned char>(code[i]); }
    /// With its sign.
    std::uint64_t number_at(std::size_t i) const {
      return static_cast<std::uint64_t>(std::int64_t{load<std::int32_t>(&code[i])});
    }
  };

  bool read_relocation(std::uint64_t index, Elf64_Rela& entry) {
    const char* const bytes =
        relocations_.bytes(relocations_at_ + index * sizeof(entry), sizeof(entry));
    if (bytes != nullptr) std::memcpy(&entry, bytes, sizeof(entry));
    return bytes != nullptr;
  }

  /// The linker puts relocations by the bias alone first, and sorts them. In a table that is not
  /// sorted nothing is found.
  bool find_relocated(std::uint64_t place, std::uint64_t& value) {
    const std::optional<Section> table = file_.find_section(".rela.dyn");
    if (!table || table->type != SHT_RELA) return false;
    relocations_at_ = table->offset;
    Elf64_Rela entry = {};
    const auto is_of = [&](std::uint64_t index) {
      return index < table->size / sizeof(entry) && read_relocation(index, entry) &&
             entry.r_offset == place && ELF64_R_TYPE(entry.r_info) == R_X86_64_RELATIVE;
    };
    if (!is_of(next_relocation_)) {
      std::uint64_t begin = 0;
      std::uint64_t end = table->size / sizeof(entry);
      while (begin < end) {
        const std::uint64_t middle = begin + (end - begin) / 2;
        if (!read_relocation(middle, entry)) return false;
        const bool is_before =
            ELF64_R_TYPE(entry.r_info) == R_X86_64_RELATIVE && entry.r_offset < place;
        (is_before ? begin : end) = is_before ? middle + 1 : middle;
      }
      next_relocation_ = begin;
      if (!is_of(begin)) return false;
    }
    ++next_relocation_;
    value = static_cast<std::uint64_t>(entry.r_addend);
    return true;
  }

  bool is_code(std::uint64_t address) const {
    const std::optional<Section> section = file_.section_of(address);
    return section && (section->flags & SHF_EXECINSTR) != 0;
  }

  /// Every byte may begin an instruction here: a byte that begins none may cost a search of the
  /// file's tables, and hides nothing.
  GcovConstructors look_at(std::uint64_t constructor) {
    Function function = {.address = constructor};
    std::uint64_t at = 0;
    if (!find_code(function, at)) return GcovConstructors::kUnclear;
    // The next constructor is close, as a rule.
    const char* const bytes = code_.bytes(at, function.size);
    if (bytes == nullptr) return GcovConstructors::kUnclear;
    std::memcpy(function.code.data(), bytes, function.size);
    const GcovConstructors found = look_into(function);
    return found == GcovConstructors::kNone ? look_at_called(first_called(function)) : found;
  }

  GcovConstructors look_at_called(std::uint64_t address) {
    if (address == 0) return GcovConstructors::kNone;
    Function function = {.address = address};
    std::uint64_t at = 0;
    if (!find_code(function, at) ||
        !file_.bytes().read(at, std::span(function.code).first(function.size))) {
      return GcovConstructors::kUnclear;
    }
    return look_into(function);
  }

  /// Where in the file the function's code is, and how much of it counts.
  bool find_code(Function& function, std::uint64_t& at) const {
    const std::optional<Section> section = file_.section_of(function.address);
    if (!section || (section->flags & SHF_EXECINSTR) == 0) return false;
    const std::uint64_t offset = function.address - section->address;
    function.size = static_cast<std::size_t>(std::min(kReach, section->size - offset));
    at = section->offset + offset;
    return true;
  }

  GcovConstructors look_into(Function& function) {
    for (std::size_t i = 0; i + kLeastInstruction <= function.size; ++i) {
      const GcovConstructors found = look_at_instruction(function, i);
      if (found != GcovConstructors::kNone) return found;
    }
    return GcovConstructors::kNone;
  }

  /// The first function that is called or jumped to early, before any address is formed; or 0.
  std::uint64_t first_called(const Function& function) const {
    for (std::size_t i = 0; i < function.first_formed && i + kLeastInstruction <= function.size;
         ++i) {
      const std::uint64_t target = function.address + i + 5 + function.number_at(i + 1);
      if ((function.byte_at(i) & 0xfeU) == 0xe8 && is_code(target)) return target;
    }
    return 0;
  }

  GcovConstructors look_at_instruction(Function& function, std::size_t i) {
    const unsigned opcode = function.byte_at(i);
    const unsigned operand = function.byte_at(i + 1);
    const bool is_wide = i != 0 && (function.byte_at(i - 1) & 0xf8U) == 0x48;
    if (is_wide && opcode == 0x8d && (operand & 0xc7U) == 0x05) {  // lea
      const std::uint64_t target = function.address + i + 6 + function.number_at(i + 2);
      // In the large model addresses are sums that begin with the function's own.
      if (target - function.address <= i) return GcovConstructors::kUnclear;
      return look_at_address(function, i, operand >> 3U & 7U, target);
    }
    if (is_wide && opcode == 0xc7 && (operand & 0xf8U) == 0xc0) {  // mov
      return look_at_address(function, i, operand & 7U, function.number_at(i + 2));
    }
    if ((opcode & 0xf8U) != 0xb8) return GcovConstructors::kNone;  // mov
    if (is_wide && i + 9 <= kReach) {
      const GcovConstructors found =
          look_at_address(function, i, opcode & 7U, load<std::uint64_t>(&function.code[i + 1]));
      if (found != GcovConstructors::kNone) return found;
    }
    return look_at_address(function, i, opcode & 7U, load<std::uint32_t>(&function.code[i + 1]));
  }

  /// `i`: where in the function the address is formed, in a register.
  GcovConstructors look_at_address(Function& function, std::size_t i, unsigned in,
                                   std::uint64_t address) {
    const std::optional<Section> section = file_.section_of(address);
    if (!section) return GcovConstructors::kNone;
    function.first_formed = std::min(function.first_formed, i);
    if ((section->flags & SHF_EXECINSTR) != 0) {
      function.formed_at[in] = i + 1;
      const std::size_t first = function.formed_at[kRdi];
      const std::size_t second = function.formed_at[kRsi];
      const bool are_both = first != 0 && second != 0 &&
                            std::max(first, second) - std::min(first, second) <= kBetween;
      return are_both ? GcovConstructors::kUnclear : GcovConstructors::kNone;
    }
    std::array<char, kLeastGccUnit> unit;
    // The runtime writes into a unit.
    const bool is_possible =
        address % kWord == 0 && section->type != SHT_NOBITS && (section->flags & SHF_WRITE) != 0;
    const bool is_unit = is_possible &&
                         file_.bytes().read(section->offset + (address - section->address), unit) &&
                         may_be_gcc_unit(unit.data());
    return is_unit ? GcovConstructors::kOfGcc : GcovConstructors::kNone;
  }

  const ElfFile& file_;
  MemoryWindow pointers_;
  MemoryWindow relocations_;
  MemoryWindow code_;
  std::uint64_t relocations_at_ = 0;
  std::uint64_t next_relocation_ = 0;
};

#endif

}  // namespace

GcovConstructors find_gcov_constructors(const ElfFile& file, std::span<char> room) {
#if defined(__x86_64__)
  return Search(file, room).run();
#else
  static_cast<void>(file);
  static_cast<void>(room);
  return GcovConstructors::kUnclear;
#endif
}

}  // namespace covenv
