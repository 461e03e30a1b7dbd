// SPDX-License-Identifier: MIT
// Functions of a runtime, looked up by name in a process of that runtime alone.
#pragma once

#include <dlfcn.h>

extern "C" [[gnu::weak]] void* dlsym(void* handle, const char* name) noexcept;

namespace covenv {

/// Sets `slot` to the function of this name among all that is loaded. False if there is none. Takes
/// the loader's lock: for the constructor and for the saver's thread, not for a handler.
template <typename Function>
bool look_up(Function*& slot, const char* name) {
  if (dlsym == nullptr) return false;
  slot = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
  return slot != nullptr;
}

}  // namespace covenv
