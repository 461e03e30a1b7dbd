// SPDX-License-Identifier: MIT
// The object that is JaCoCo's agent (org.jacoco.agent.rt.IAgent).
#pragma once

#include "shim/runtimes/jvm/jni.h"

namespace covenv::jvm {

/// nullptr if no agent of JaCoCo's has started. May leave an exception behind then.
Object* find_agent(Environment& java);

}  // namespace covenv::jvm
