// SPDX-License-Identifier: MIT
// The runtime of the library's rooms in a test program, which has no hooks and no constructor.
#pragma once

#include "shim/state/runtime.h"

namespace covenv::testing {

/// The runtime, which a test may change. At first it is not inert, and has default settings.
Runtime& changeable_runtime();

/// Restores the runtime at the end of its scope.
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
