// SPDX-License-Identifier: MIT
// The loaded objects, read from the list that the loader keeps for debuggers. dlsym() and dladdr()
// are no way: before glibc 2.34 a program has them only if it is linked to libdl, and they take the
// loader's lock, which a vfork child or a signal handler must not do.
#pragma once

#include "shim/core/symbol_table.h"

struct link_map;

namespace covenv {

/// Our own entry, found by our dynamic section; nullptr if the loader is neither glibc's nor
/// musl's. While other threads may load and unload objects, only this entry is safe to read.
const link_map* own_object();

/// The head of that list. Only for the constructor, because the list is not safe to walk while
/// other threads may load and unload objects.
const link_map* first_object();

/// The entry of the object in which this address lies; nullptr if there is none, or if the loader
/// has no _dl_find_object() (before glibc 2.35, musl). The entry is safe to read as long as the
/// object cannot be unloaded, as while its code runs. Async-signal-safe.
const link_map* object_at(const void* address);

/// The tables of an entry of that list.
SymbolTable symbols_of(const link_map& object);

}  // namespace covenv
