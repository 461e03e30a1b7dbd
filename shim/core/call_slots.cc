// SPDX-License-Identifier: MIT
#include "shim/core/call_slots.h"

namespace covenv {
namespace {

#if defined(__aarch64__)
constexpr unsigned kLazySlot = R_AARCH64_JUMP_SLOT;
constexpr unsigned kEagerSlot = R_AARCH64_GLOB_DAT;
#else
constexpr unsigned kLazySlot = R_X86_64_JUMP_SLOT;
constexpr unsigned kEagerSlot = R_X86_64_GLOB_DAT;
#endif

}  // namespace

CallSlots::CallSlots(const ElfW(Dyn) * dynamic, ElfW(Addr) bias) : bias_(bias) {
  bool is_rela = true;
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    const ElfW(Addr) written = dynamic->d_un.d_ptr;
    const ElfW(Addr) address = written < bias ? written + bias : written;
    switch (dynamic->d_tag) {
      case DT_JMPREL:
        lazy_.first = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_PLTRELSZ:
        lazy_.count = dynamic->d_un.d_val / sizeof(ElfW(Rela));
        break;
      case DT_PLTREL:
        is_rela = dynamic->d_un.d_val == DT_RELA;
        break;
      case DT_RELA:
        eager_.first = reinterpret_cast<const ElfW(Rela)*>(address);
        break;
      case DT_RELASZ:
        eager_.count = dynamic->d_un.d_val / sizeof(ElfW(Rela));
        break;
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(address);
        break;
      case DT_STRTAB:
        strings_ = reinterpret_cast<const char*>(address);
        break;
      default:
        break;
    }
  }
  if (!is_rela) lazy_ = {};
}

std::size_t CallSlots::find(std::string_view name, void*** slots, std::size_t room) const {
  if (symbols_ == nullptr || strings_ == nullptr) return 0;
  const std::size_t lazy = find_in(lazy_, name, slots, room);
  return lazy + find_in(eager_, name, slots + lazy, room - lazy);
}

std::size_t CallSlots::find_in(const Table& table, std::string_view name, void*** slots,
                               std::size_t room) const {
  std::size_t found = 0;
  if (table.first == nullptr) return found;
  for (std::size_t i = 0; i < table.count && found < room; ++i) {
    const ElfW(Rela)& relocation = table.first[i];
    const auto type = static_cast<unsigned>(ELF64_R_TYPE(relocation.r_info));
    if (type != kLazySlot && type != kEagerSlot) continue;
    const ElfW(Sym)& symbol = symbols_[ELF64_R_SYM(relocation.r_info)];
    if (name != strings_ + symbol.st_name) continue;
    slots[found++] = reinterpret_cast<void**>(bias_ + relocation.r_offset);
  }
  return found;
}

}  // namespace covenv
