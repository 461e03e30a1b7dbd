// SPDX-License-Identifier: MIT
// A JVM (HotSpot): the coverage of JaCoCo's agent, written by `RT.getAgent().dump(false)`, and that
// of OpenClover, Cobertura and Kover, which have a shutdown hook alone.
//
// Measures: a program that is a launcher of Java, or is linked to libjvm, if JaCoCo's agent or one
//   of these tools is in its arguments, in a file of arguments, or in a variable with options or
//   classes for a JVM. Whether the agent runs, or the tool has a hook, is asked of the VM when
//   there is something to save.
// Saves: on the saver's thread, which becomes one of Java's for that. No shutdown hook but the
//   tool's own, no `finally` and no other thread is waited for; Java's other threads run on
//   meanwhile.
//   Before Runtime.halt() as well: the thread that halts waits at most the grace, because another
//   process may hold JaCoCo's file locked.
// Cannot save: while the VM reaches no safepoint, or another process holds JaCoCo's file locked.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::jvm {

bool measures(const ProgramStart& start);
bool measures_now();
/// Whether the start proves that it measures. Else the process is measured from a save on in which
/// a tool's hook is found.
bool is_told_to_measure();
void save_from_saver_thread(SaveEnd end);
SaveResult save_on_leaving_thread();
SaveResult save_before_halt();

}  // namespace covenv::jvm
