// SPDX-License-Identifier: MIT
// The threads that the VM starts when it ends in order.
#pragma once

#include "shim/runtimes/jvm/jni.h"
#include "shim/session/events.h"

namespace covenv::jvm {

/// Whether the VM has begun to start them.
bool is_shutting_down(Environment& java);

/// Runs, on the calling thread, those which write the coverage of OpenClover, Cobertura or Kover,
/// and no other. kNothing if there is none. Leaves no exception behind.
SaveResult run_hooks_that_save(Environment& java);

}  // namespace covenv::jvm
