// SPDX-License-Identifier: MIT
// The slots (of its relocations) in which a loaded object keeps the addresses of the functions that
// it calls in other objects. The tables are trusted, because the loader has accepted them.
#pragma once

#include <link.h>

#include <cstddef>
#include <string_view>

namespace covenv {

class CallSlots {
 public:
  /// `bias` as for SymbolTable (core/symbol_table.h).
  CallSlots(const ElfW(Dyn) * dynamic, ElfW(Addr) bias);

  /// Fills `slots` with those of the function `name`, at most `room`, and returns how many. An
  /// object has one for lazy calls, or for `-fno-plt`, or both.
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
