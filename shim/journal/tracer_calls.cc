// SPDX-License-Identifier: MIT
#include "shim/journal/tracer_calls.h"

#include <link.h>
#include <sys/mman.h>

#include <cstdint>

#include "shim/core/call_slots.h"
#include "shim/proc/page_size.h"
#include "shim/proc/raw_syscall.h"

extern "C" [[gnu::weak]] int dl_iterate_phdr(int (*visit)(dl_phdr_info* info, std::size_t size,
                                                          void* data),
                                             void* data);

namespace covenv {
namespace {

struct Object {
  std::uintptr_t inside;
  const ElfW(Dyn) * dynamic = nullptr;
  ElfW(Addr) bias = 0;
  std::uintptr_t read_only_from = 0;  // the part that the loader has protected (RELRO)
  std::uintptr_t read_only_to = 0;
};

std::uintptr_t page_start(std::uintptr_t address) { return address & ~(page_size() - 1); }

int look_at(dl_phdr_info* info, std::size_t, void* data) {
  auto& object = *static_cast<Object*>(data);
  const ElfW(Phdr)* dynamic = nullptr;
  const ElfW(Phdr)* read_only = nullptr;
  bool is_it = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_DYNAMIC) dynamic = &segment;
    if (segment.p_type == PT_GNU_RELRO) read_only = &segment;
    if (segment.p_type != PT_LOAD) continue;
    is_it = is_it || (object.inside >= start && object.inside - start < segment.p_memsz);
  }
  if (!is_it || dynamic == nullptr) return 0;
  object.bias = info->dlpi_addr;
  object.dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + dynamic->p_vaddr);
  if (read_only != nullptr) {
    // The loader protects whole pages, and leaves out a last page that is not full.
    const std::uintptr_t start = info->dlpi_addr + read_only->p_vaddr;
    object.read_only_from = page_start(start);
    object.read_only_to = page_start(start + read_only->p_memsz);
  }
  return 1;
}

bool protect(const void* slot, int protection) {
  const std::uintptr_t start = page_start(reinterpret_cast<std::uintptr_t>(slot));
  const auto size = static_cast<long>(page_size());
  return raw_syscall(SYS_mprotect, static_cast<long>(start), size, protection) == 0;
}

bool replace(void** slot, void* function, const Object& object) {
  const auto at = reinterpret_cast<std::uintptr_t>(slot);
  const bool is_read_only = at >= object.read_only_from && at < object.read_only_to;
  if (is_read_only && !protect(slot, PROT_READ | PROT_WRITE)) return false;
  __atomic_store_n(slot, function, __ATOMIC_RELEASE);
  if (is_read_only) protect(slot, PROT_READ);
  return true;
}

}  // namespace

// Searches by dl_iterate_phdr(), which holds the loader's lock, because other threads may load and
// unload objects.
bool replace_tracer_calls(const void* type, const TracerCalls& calls) {
  Object object{.inside = reinterpret_cast<std::uintptr_t>(type)};
  if (dl_iterate_phdr == nullptr || dl_iterate_phdr(look_at, &object) == 0) return false;
  constexpr std::size_t kRoom = 4;
  void** adds[kRoom];
  void** sets[kRoom];
  const CallSlots slots(object.dynamic, object.bias);
  const std::size_t add_count = slots.find("PySet_Add", adds, kRoom);
  const std::size_t set_count = slots.find("PyDict_SetItem", sets, kRoom);
  if (add_count == 0 || set_count == 0) return false;
  // The file names come first, because the reader skips the values of a set without a name.
  bool all = true;
  for (std::size_t i = 0; i < set_count; ++i) {
    all = replace(sets[i], reinterpret_cast<void*>(calls.set_in_dict), object) && all;
  }
  for (std::size_t i = 0; i < add_count; ++i) {
    all = replace(adds[i], reinterpret_cast<void*>(calls.add_to_set), object) && all;
  }
  return all;
}

}  // namespace covenv
