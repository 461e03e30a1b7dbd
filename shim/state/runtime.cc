// SPDX-License-Identifier: MIT
#include "shim/state/runtime.h"

#include "shim/proc/early.h"

namespace covenv {
namespace {

// No dynamic initialisation, because hooks can run before any constructor of ours.
COVENV_EARLY constinit Runtime the_runtime;
// At the head of the .bss, because each start touches its first fields; the long text lies behind.
[[gnu::section(".bss.covenv.first")]] constinit Remembered the_remembered;
COVENV_EARLY constinit bool is_set = false;

}  // namespace

void start_runtime(const char* const* arguments) {
  if (is_set) return;
  is_set = true;
  set_up(the_runtime, arguments);
}

const Runtime& runtime() {
  if (!is_set) start_runtime(nullptr);
  return the_runtime;
}

Remembered& remembered() { return the_remembered; }

}  // namespace covenv
