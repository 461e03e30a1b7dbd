// SPDX-License-Identifier: MIT
// The runtime of the library's rooms in a test program, which has no hooks and no constructor.
#pragma once

#include "shim/state/runtime.h"

namespace covenv::testing {

/// To be changed as a test needs it; not inert, and with default settings at first.
Runtime& changeable_runtime();

/// Puts the runtime's present values back at its end.
class RuntimeGuard {
 public:
  RuntimeGuard() : before_(changeable_runtime()) {}
  ~RuntimeGuard() { changeable_runtime() = before_; }
  RuntimeGuard(const RuntimeGuard&) = delete;
  RuntimeGuard& operator=(const RuntimeGuard&) = delete;

 private:
  Runtime before_;
};

}  // namespace covenv::testing
