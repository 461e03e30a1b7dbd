// SPDX-License-Identifier: MIT
#include "shim/loader/loaded_objects.h"

#include <link.h>

[[gnu::weak]] extern r_debug _r_debug;         // glibc's loader
[[gnu::weak]] extern r_debug* _dl_debug_addr;  // musl's
[[gnu::visibility("hidden")]] extern ElfW(Dyn) covenv_dynamic[] __asm__("_DYNAMIC");

namespace covenv {

const link_map* first_object() {
  if (&_r_debug != nullptr) return _r_debug.r_map;
  return &_dl_debug_addr != nullptr ? _dl_debug_addr->r_map : nullptr;
}

const link_map* own_object() {
  const link_map* object = first_object();
  while (object != nullptr && object->l_ld != covenv_dynamic) object = object->l_next;
  return object;
}

const link_map* object_at(const void* address) {
  // struct dl_find_object of <dlfcn.h>, with room for fields of later versions.
  struct Found {
    unsigned long long flags;
    void* start;
    void* end;
    const link_map* object;
    unsigned long long rest[16];
  };
  using Find = int(const void* address, Found* found);
  constexpr SymbolName kFind("_dl_find_object");
  // Safe to walk as far as the loader, because the objects of the start are never unloaded.
  for (const link_map* object = own_object(); object != nullptr; object = object->l_next) {
    void* const find = symbols_of(*object).find(kFind);
    if (find == nullptr) continue;
    Found found = {};
    return reinterpret_cast<Find*>(find)(address, &found) == 0 ? found.object : nullptr;
  }
  return nullptr;
}

SymbolTable symbols_of(const link_map& object) { return {object.l_ld, object.l_addr}; }

}  // namespace covenv
