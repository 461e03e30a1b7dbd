// SPDX-License-Identifier: MIT
// What the loader has loaded, read from the list that it keeps for debuggers. dlsym() and dladdr()
// cannot do: before glibc 2.34 a program has them only if it is linked to libdl, and a call of them
// takes the loader's lock, which a vfork child or a signal handler must not.
#pragma once

#include "shim/core/symbol_table.h"

struct link_map;

namespace covenv {

/// Our own entry, found by our dynamic section. nullptr where the loader is neither glibc's nor
/// musl's. While others may load and unload, only our own entry is safe to read.
const link_map* own_object();

/// The head of that list. For the constructor: while others may load and unload it is not safe to
/// walk.
const link_map* first_object();

/// The entry of the object in which this address lies; nullptr if there is none, or if the loader
/// has no _dl_find_object() (before glibc 2.35, musl). While the object cannot be unloaded, because
/// its code is running, the entry is safe to read. Async-signal-safe.
const link_map* object_at(const void* address);

/// The tables of an entry of that list.
SymbolTable symbols_of(const link_map& object);

}  // namespace covenv
