// SPDX-License-Identifier: MIT
// Where a loaded object keeps the addresses of the functions that it calls in others: the slots of
// its relocations. The tables are memory that the loader has accepted: they are trusted.
#pragma once

#include <link.h>

#include <cstddef>
#include <string_view>

namespace covenv {

class CallSlots {
 public:
  /// `bias` as for SymbolTable (core/symbol_table.h).
  CallSlots(const ElfW(Dyn) * dynamic, ElfW(Addr) bias);

  /// The slots of the function of this name, at most `room`; how many there are. An object has one
  /// for lazy calls, or for `-fno-plt`, or both.
  std::size_t find(std::string_view name, void*** slots, std::size_t room) const;

 private:
  struct Table {
    const ElfW(Rela) * first = nullptr;
    std::size_t count = 0;
  };

  std::size_t find_in(const Table& table, std::string_view name, void*** slots,
                      std::size_t room) const;

  ElfW(Addr) bias_;
  Table lazy_;
  Table eager_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
};

}  // namespace covenv
