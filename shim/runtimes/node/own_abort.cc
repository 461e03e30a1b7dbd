// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/own_abort.h"

#include <fcntl.h>
#include <link.h>

#include "shim/counters/elf_file.h"
#include "shim/loader/loaded_objects.h"
#include "shim/loader/stack.h"
#include "shim/native/exact_read.h"
#include "shim/native/room.h"
#include "shim/proc/kernel.h"

namespace covenv::node {
namespace {

/// Whether a call from `symbol`, which does not return, has this return address.
bool is_call_from(const Symbol& symbol, std::uint64_t bias, const void* return_address) {
  const std::uint64_t at = reinterpret_cast<std::uintptr_t>(return_address) - bias;
  return symbol.is_found && at > symbol.address && at <= symbol.address + symbol.size;
}

/// The return address of the function that has called the owner of `frame`; nullptr if the stack
/// does not show it.
const void* return_address_of_caller(const void* frame) {
  if (look_whether_readable(frame) != Readable::kYes) return nullptr;
  const void* const callers = *static_cast<const void* const*>(frame);
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(callers) % sizeof(void*) == 0;
  if (!is_aligned || look_whether_readable(callers) != Readable::kYes) return nullptr;
  return static_cast<const void* const*>(callers)[1];
}

}  // namespace

bool is_own_abort(const CallSite& site) {
  const link_map* const program = first_object();
  const Room room(ElfFile::kRoom);
  if (program == nullptr || room.bytes().empty()) return false;
  int file = static_cast<int>(
      raw_syscall(SYS_openat, AT_FDCWD, to_register("/proc/self/exe"), O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  Symbol symbols[] = {
      {.name = "_ZN4nodeL5AbortERKN2v820FunctionCallbackInfoINS0_5ValueEEE"},
      {.name = "_ZN4node5AbortEv"},                                    // before Node 20
      {.name = "_ZN4node12_GLOBAL__N_119DefaultAbortHandlerEPKcS2_"},  // from Node 24 on
  };
  ElfFile(bytes_of(file), room.bytes()).find_symbols(symbols);
  kKernel.close(file);
  const auto& [binding, node_abort, abort_handler] = symbols;
  const std::uint64_t bias = program->l_addr;
  if (is_call_from(binding, bias, site.return_address)) return true;
  return (is_call_from(node_abort, bias, site.return_address) ||
          is_call_from(abort_handler, bias, site.return_address)) &&
         is_call_from(binding, bias, return_address_of_caller(site.frame));
}

}  // namespace covenv::node
