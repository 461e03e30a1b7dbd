// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_build_id.h"

#include <cstring>

namespace covenv {
namespace {

constexpr std::uint64_t rounded(std::uint32_t size) { return (std::uint64_t{size} + 3) & ~3ULL; }

bool is_build_id(const Elf64_Nhdr& note, std::span<const char> behind) {
  return note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
         behind.size() >= sizeof(ELF_NOTE_GNU) &&
         std::memcmp(behind.data(), ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0;
}

/// Rounds to four bytes in segments of eight as well, because the runtime does.
bool note_build_ids(std::span<const char> notes, std::uint64_t address, BuildIds& found) {
  Elf64_Nhdr note;
  for (std::size_t at = 0; notes.size() - at >= sizeof(note);) {
    std::memcpy(&note, &notes[at], sizeof(note));
    at += sizeof(note);
    const std::uint64_t whole = rounded(note.n_namesz) + rounded(note.n_descsz);
    if (is_build_id(note, notes.subspan(at))) {
      const std::uint64_t id = at + rounded(note.n_namesz);
      if (note.n_descsz > notes.size() - id || found.count == BuildIds::kMost) return false;
      found.ids[found.count++] = {.address = address + id, .size = note.n_descsz};
    }
    if (whole > notes.size() - at) break;
    at += static_cast<std::size_t>(whole);
  }
  return true;
}

}  // namespace

bool find_build_ids(const LoadedObject& object, std::span<char> room, BuildIds& found) {
  found.count = 0;
  Elf64_Ehdr header;
  if (!object.file.bytes().read(0, header)) return false;
  const std::size_t size = std::size_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || size > room.size() / 2) return false;
  const std::span<char> segments = room.first(size);
  room = room.subspan(size);
  if (!object.file.bytes().read(header.e_phoff, segments)) return false;

  for (std::size_t at = 0; at < size; at += sizeof(Elf64_Phdr)) {
    Elf64_Phdr segment;
    std::memcpy(&segment, &segments[at], sizeof(segment));
    if (segment.p_type != PT_NOTE) continue;
    if (segment.p_memsz > room.size()) return false;
    const std::span<char> notes = room.first(static_cast<std::size_t>(segment.p_memsz));
    const std::uint64_t address = object.bias + segment.p_vaddr;
    if (!object.memory.read(address, notes)) return false;
    if (!note_build_ids(notes, address, found)) return false;
  }
  return true;
}

}  // namespace covenv
