// SPDX-License-Identifier: MIT
#include "shim/core/symbol_table.h"

#include <climits>
#include <string_view>

namespace covenv {
namespace {

constexpr std::uint16_t kHiddenVersion = 0x8000;

std::uint32_t sysv_hash(const char* name) {
  std::uint32_t hash = 0;
  for (; *name != '\0'; ++name) {
    hash = (hash << 4) + static_cast<unsigned char>(*name);
    const std::uint32_t high = hash & 0xf0000000;
    hash = (hash ^ (high >> 24)) & ~high;
  }
  return hash;
}

template <typename T>
const T* at(ElfW(Addr) address) {
  return reinterpret_cast<const T*>(address);
}

bool has_an_address(const ElfW(Sym) & symbol) {
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);  // the same bits in both classes
  return symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS &&
         (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC) &&
         ELF64_ST_BIND(symbol.st_info) != STB_LOCAL;
}

}  // namespace

SymbolTable::SymbolTable(const ElfW(Dyn) * dynamic, ElfW(Addr) bias) : bias_(bias) {
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    const ElfW(Addr) written = dynamic->d_un.d_ptr;
    const ElfW(Addr) address = written < bias ? written + bias : written;
    switch (dynamic->d_tag) {
      case DT_SYMTAB:
        symbols_ = at<ElfW(Sym)>(address);
        break;
      case DT_STRTAB:
        strings_ = at<char>(address);
        break;
      case DT_GNU_HASH:
        gnu_hash_ = at<std::uint32_t>(address);
        break;
      case DT_HASH:
        hash_ = at<std::uint32_t>(address);
        break;
      case DT_VERSYM:
        versions_ = at<std::uint16_t>(address);
        break;
      default:
        break;
    }
  }
}

void* SymbolTable::find(SymbolName name) const {
  if (symbols_ == nullptr || strings_ == nullptr) return nullptr;
  const ElfW(Sym)* found = nullptr;
  if (gnu_hash_ != nullptr) {
    found = find_by_gnu_hash(name);
  } else if (hash_ != nullptr) {
    found = find_by_hash(name.text);
  }
  return found != nullptr ? reinterpret_cast<void*>(bias_ + found->st_value) : nullptr;
}

const ElfW(Sym) * SymbolTable::find_by_gnu_hash(SymbolName name) const {
  constexpr std::uint32_t kWordBits = sizeof(ElfW(Addr)) * CHAR_BIT;
  const std::uint32_t hash = name.gnu_hash;
  const std::uint32_t bucket_count = gnu_hash_[0];
  const std::uint32_t first_symbol = gnu_hash_[1];
  const std::uint32_t filter_words = gnu_hash_[2];
  const std::uint32_t filter_shift = gnu_hash_[3];
  const auto* const filter = reinterpret_cast<const ElfW(Addr)*>(gnu_hash_ + 4);
  const auto* const buckets = reinterpret_cast<const std::uint32_t*>(filter + filter_words);
  const std::uint32_t* const chains = buckets + bucket_count;

  const ElfW(Addr) word = filter[hash / kWordBits % filter_words];
  if (((word >> (hash % kWordBits)) & (word >> ((hash >> filter_shift) % kWordBits)) & 1) == 0) {
    return nullptr;
  }
  std::uint32_t index = buckets[hash % bucket_count];
  if (index < first_symbol) return nullptr;
  for (;; ++index) {
    const std::uint32_t other = chains[index - first_symbol];
    if (((other ^ hash) >> 1) == 0 && is(symbols_[index], name.text)) return &symbols_[index];
    if ((other & 1) != 0) return nullptr;
  }
}

const ElfW(Sym) * SymbolTable::find_by_hash(const char* name) const {
  const std::uint32_t bucket_count = hash_[0];
  const std::uint32_t* const buckets = hash_ + 2;
  const std::uint32_t* const chains = buckets + bucket_count;
  for (std::uint32_t index = buckets[sysv_hash(name) % bucket_count]; index != STN_UNDEF;
       index = chains[index]) {
    if (is(symbols_[index], name)) return &symbols_[index];
  }
  return nullptr;
}

bool SymbolTable::is(const ElfW(Sym) & symbol, const char* name) const {
  return has_an_address(symbol) && std::string_view(strings_ + symbol.st_name) == name &&
         (versions_ == nullptr || (versions_[&symbol - symbols_] & kHiddenVersion) == 0);
}

}  // namespace covenv
