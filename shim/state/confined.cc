// SPDX-License-Identifier: MIT
#include "shim/state/confined.h"

#include <atomic>

#include "shim/proc/early.h"

namespace covenv {
namespace {

COVENV_EARLY constinit std::atomic<bool> confined{false};

}  // namespace

bool is_confined() { return confined.load(std::memory_order_relaxed); }

void set_confined(bool is_so) { confined.store(is_so); }

}  // namespace covenv
