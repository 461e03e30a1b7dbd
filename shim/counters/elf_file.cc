// SPDX-License-Identifier: MIT
#include "shim/counters/elf_file.h"

#include <algorithm>
#include <cstring>

namespace covenv {
namespace {

constexpr std::uint64_t kPage = 4096;

Section as_section(const Elf64_Shdr& header) {
  return {.type = header.sh_type,
          .link = header.sh_link,
          .flags = header.sh_flags,
          .address = header.sh_addr,
          .offset = header.sh_offset,
          .size = header.sh_size};
}

/// Reads a table of a file in pieces, each of which begins with the last `overlap` bytes before it.
class Pieces {
 public:
  Pieces(const ByteSource& file, const Section& section, std::span<char> room, std::size_t overlap)
      : file_(file), section_(section), room_(room), overlap_(overlap) {}

  /// False at the end, or if the file cannot be read.
  bool next() {
    const std::size_t kept = std::min(overlap_, piece_.size());
    at_ += piece_.size() - kept;
    const std::uint64_t left = section_.size - at_;
    if (left <= kept) return false;
    if (kept != 0) std::memmove(room_.data(), piece_.data() + piece_.size() - kept, kept);
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left, room_.size()));
    if (!file_.read(section_.offset + at_ + kept, room_.subspan(kept, size - kept))) return false;
    piece_ = room_.first(size);
    kept_ = kept;
    return true;
  }

  std::span<const char> piece() const { return piece_; }
  std::uint64_t at() const { return at_; }    ///< where in the table the piece begins
  std::size_t kept() const { return kept_; }  ///< bytes that the piece before it had as well

 private:
  const ByteSource& file_;
  const Section& section_;
  std::span<char> room_;
  std::span<const char> piece_;
  std::size_t overlap_;
  std::size_t kept_ = 0;
  std::uint64_t at_ = 0;
};

/// A place in the string table at which a wanted name begins. Linkers merge equal strings, and
/// strings with the ends of others, so there are few.
struct Place {
  std::uint32_t offset;
  std::uint8_t symbol;
};

constexpr std::size_t kMostPlaces = 64;
constexpr std::size_t kMostName = 128;

class Places {
 public:
  void find(const ByteSource& file, const Section& strings, std::span<char> room,
            std::span<const Symbol> symbols) {
    Pieces pieces(file, strings, room, kMostName);
    while (pieces.next()) {
      const std::span<const char> piece = pieces.piece();
      for (std::size_t end = pieces.kept(); end < piece.size(); ++end) {
        const void* const found = std::memchr(&piece[end], 0, piece.size() - end);
        if (found == nullptr) break;
        end = static_cast<std::size_t>(static_cast<const char*>(found) - piece.data());
        note_string_end(piece.first(end), pieces.at(), symbols);
      }
    }
  }

  std::span<const Place> all() const { return {places_, count_}; }

 private:
  void note_string_end(std::span<const char> before, std::uint64_t at,
                       std::span<const Symbol> symbols) {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::string_view name = symbols[i].name;
      if (name.size() > before.size() || count_ == kMostPlaces) continue;
      const std::size_t begin = before.size() - name.size();
      if (before.back() != name.back()) continue;
      if (std::memcmp(&before[begin], name.data(), name.size()) != 0) continue;
      places_[count_++] = {.offset = static_cast<std::uint32_t>(at + begin),
                           .symbol = static_cast<std::uint8_t>(i)};
    }
  }

  Place places_[kMostPlaces];
  std::size_t count_ = 0;
};

/// Calls visit(i, address, size) for each defined symbol that is named as symbols[i].
template <typename Visit>
void scan_symbols(const ByteSource& file, const Section& table, const Section& strings,
                  std::span<char> room, std::span<const Symbol> symbols, Visit visit) {
  Places places;
  places.find(file, strings, room, symbols);
  if (places.all().empty()) return;
  const std::size_t whole = room.size() / sizeof(Elf64_Sym) * sizeof(Elf64_Sym);
  Pieces pieces(file, table, room.first(whole), 0);
  while (pieces.next()) {
    for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= pieces.piece().size();
         at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol;
      std::memcpy(&symbol, &pieces.piece()[at], sizeof(symbol));
      if (symbol.st_shndx == SHN_UNDEF) continue;
      for (const Place& place : places.all()) {
        if (place.offset != symbol.st_name) continue;
        visit(place.symbol, symbol.st_value, symbol.st_size);
        break;
      }
    }
  }
}

}  // namespace

ElfFile::ElfFile(const ByteSource& file, std::span<char> room) : file_(file) {
  piece_ = room.subspan(room.size() * 3 / 4);
  room = room.first(room.size() * 3 / 4);
  Elf64_Ehdr header;
  if (!file.read(0, header)) return;
  is_sound_ = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
              header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
  if (!is_sound_) return;

  const std::size_t segments = std::size_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (segments > room.size() || !file.read(header.e_phoff, room.first(segments))) return;
  for (std::size_t at = 0; at < segments; at += sizeof(Elf64_Phdr)) {
    Elf64_Phdr segment;
    std::memcpy(&segment, &room[at], sizeof(segment));
    if (segment.p_type != PT_LOAD) continue;
    first_address_ = segment.p_vaddr & ~(kPage - 1);
    break;
  }

  const std::size_t size = std::size_t{header.e_shnum} * sizeof(Elf64_Shdr);
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shstrndx >= header.e_shnum) return;
  const std::size_t skip =
      (0 - reinterpret_cast<std::uintptr_t>(room.data())) % alignof(Elf64_Shdr);
  if (skip + size > room.size()) return;
  room = room.subspan(skip);
  if (!file.read(header.e_shoff, room.first(size))) return;
  const auto* const headers = reinterpret_cast<const Elf64_Shdr*>(room.data());
  const Elf64_Shdr& names = headers[header.e_shstrndx];
  room = room.subspan(size);
  if (names.sh_size == 0 || names.sh_size > room.size()) return;
  room = room.first(names.sh_size);
  if (!file.read(names.sh_offset, room) || room.back() != '\0') return;
  names_ = room;
  headers_ = {headers, header.e_shnum};
}

std::optional<Section> ElfFile::section_at(std::size_t index) const {
  if (index >= headers_.size()) return std::nullopt;
  return as_section(headers_[index]);
}

std::optional<Section> ElfFile::find_section(std::string_view name) const {
  for (const Elf64_Shdr& header : headers_) {
    if (header.sh_name >= names_.size() || header.sh_size == 0) continue;
    if (name == &names_[header.sh_name]) return as_section(header);
  }
  return std::nullopt;
}

std::optional<Section> ElfFile::section_of(std::uint64_t address) const {
  for (const Elf64_Shdr& header : headers_) {
    const bool is_there = (header.sh_flags & SHF_ALLOC) != 0 && (header.sh_flags & SHF_TLS) == 0;
    if (is_there && address - header.sh_addr < header.sh_size) return as_section(header);
  }
  return std::nullopt;
}

std::size_t ElfFile::find_symbols(std::span<Symbol> symbols) const {
  const std::optional<Section> table = find_section(".symtab");
  const std::optional<Section> strings = table ? section_at(table->link) : std::nullopt;
  if (!strings) return 0;
  std::size_t found = 0;
  scan_symbols(file_, *table, *strings, piece_, symbols,
               [&](std::size_t i, std::uint64_t address, std::uint64_t size) {
                 Symbol& symbol = symbols[i];
                 if (symbol.is_found) return;
                 symbol.is_found = true;
                 symbol.address = address;
                 symbol.size = size;
                 ++found;
               });
  return found;
}

void ElfFile::for_each_symbol(std::string_view name,
                              void (*visit)(void* context, const Symbol& symbol),
                              void* context) const {
  const std::optional<Section> table = find_section(".symtab");
  const std::optional<Section> strings = table ? section_at(table->link) : std::nullopt;
  if (!strings) return;
  const Symbol wanted[] = {{.name = name}};
  scan_symbols(file_, *table, *strings, piece_, wanted,
               [&](std::size_t, std::uint64_t address, std::uint64_t size) {
                 visit(context, {.name = name, .is_found = true, .address = address, .size = size});
               });
}

}  // namespace covenv
