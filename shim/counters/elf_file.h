// SPDX-License-Identifier: MIT
// Sections and symbols of an ELF file, as far as the readers of counters need them.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shim/counters/byte_access.h"

namespace covenv {

/// A section, in the file's own numbers.
struct Section {
  std::uint32_t type = 0;
  std::uint32_t link = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;  ///< before the loader has moved the file
  std::uint64_t offset = 0;   ///< in the file
  std::uint64_t size = 0;

  /// Whether the loader maps it.
  bool is_loaded() const { return (flags & SHF_ALLOC) != 0; }
};

/// A symbol that is looked for.
struct Symbol {
  std::string_view name;
  bool is_found = false;
  std::uint64_t address = 0;  ///< before the loader has moved the file
  std::uint64_t size = 0;
};

/// A little-endian ELF file of 64 bits. Safe with any bytes.
class ElfFile {
 public:
  /// Room for the section headers, their names, and a piece of the symbol table. A file whose
  /// headers and names need more than three quarters of the room has no sections here.
  static constexpr std::size_t kRoom = std::size_t{128} * 1024;

  /// Reads the header, the section headers and their names. `room`, kRoom bytes, belongs to the
  /// object as long as the object lives, and so does what `file` refers to.
  ElfFile(const ByteSource& file, std::span<char> room);

  /// Whether the file is ELF of this machine's class and byte order. The sections may be missing.
  bool is_sound() const { return is_sound_; }

  /// The address of the first loaded segment, rounded down to a page. What is mapped from position
  /// 0 lies there, plus the bias.
  std::uint64_t first_address() const { return first_address_; }

  /// The first section of this name that has bytes.
  std::optional<Section> find_section(std::string_view name) const;

  /// The loaded section in which an address lies, before the loader has moved the file.
  std::optional<Section> section_of(std::uint64_t address) const;

  const ByteSource& bytes() const { return file_; }

  /// Looks for defined symbols in `.symtab`, and returns how many of them it has found: 0 in a
  /// stripped file. Of several symbols of a name the first counts. Reads the table in pieces.
  static constexpr std::size_t kMostSymbols = 16;
  std::size_t find_symbols(std::span<Symbol> symbols) const;

  /// Calls visit(context, symbol) for each defined symbol of `.symtab` that has this name: static
  /// variables of several objects may have the same one.
  void for_each_symbol(std::string_view name, void (*visit)(void* context, const Symbol& symbol),
                       void* context) const;

 private:
  std::optional<Section> section_at(std::size_t index) const;

  ByteSource file_;
  std::span<char> piece_;  ///< room for a piece of a table
  std::span<const Elf64_Shdr> headers_;
  std::span<const char> names_;
  std::uint64_t first_address_ = 0;
  bool is_sound_ = false;
};

/// A file, and the process that has it mapped.
struct LoadedObject {
  const ElfFile& file;
  ByteSource memory;   ///< of the process
  std::uint64_t bias;  ///< what the loader has added to the file's addresses
};

}  // namespace covenv
