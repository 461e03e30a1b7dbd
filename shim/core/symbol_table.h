// SPDX-License-Identifier: MIT
// Looks names up in a loaded object's own tables, as the loader does for dlsym(), but with no call,
// no lock and no allocation. The tables are trusted, because the loader has accepted them.
#pragma once

#include <link.h>

#include <cstdint>

namespace covenv {

/// A name with its hash; the compiler hashes a constexpr one.
struct SymbolName {
  explicit constexpr SymbolName(const char* name) : text(name) {
    for (; *name != '\0'; ++name) gnu_hash = gnu_hash * 33 + static_cast<unsigned char>(*name);
  }

  const char* text;
  std::uint32_t gnu_hash = 5381;
};

class SymbolTable {
 public:
  /// `bias` is added to symbols' values, and to those addresses in the dynamic section that the
  /// loader has not relocated: musl relocates none, glibc all but those of a read-only section.
  SymbolTable(const ElfW(Dyn) * dynamic, ElfW(Addr) bias);

  /// The function or variable of this name, in its default version if it has versions; nullptr if
  /// there is none, or only one that a resolver chooses (STT_GNU_IFUNC).
  void* find(SymbolName name) const;

 private:
  const ElfW(Sym) * find_by_gnu_hash(SymbolName name) const;
  const ElfW(Sym) * find_by_hash(const char* name) const;
  bool is(const ElfW(Sym) & symbol, const char* name) const;

  ElfW(Addr) bias_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  const std::uint32_t* gnu_hash_ = nullptr;
  const std::uint32_t* hash_ = nullptr;
  const std::uint16_t* versions_ = nullptr;
};

}  // namespace covenv
