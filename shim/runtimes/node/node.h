// SPDX-License-Identifier: MIT
// Node: V8's coverage (NODE_V8_COVERAGE: c8, Vitest, Jest), written by `v8.takeCoverage()`.
//
// Measures: a program with V8 in it that NODE_V8_COVERAGE tells a folder.
// Saves: on the main thread alone, because an isolate belongs to a thread. In the ask's handler if
//   the thread waits in the kernel, because nothing of V8 is half done then; else in an interrupt
//   of V8, which JavaScript takes at its next loop or call.
// Cannot save: while C++ code computes without a return to V8 (crypto.pbkdf2Sync()), and the
//   coverage of worker threads.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::node {

bool measures(const ProgramStart& start);
void save_where_interrupted(const Interruption& where, SaveEnd end);
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread();

}  // namespace covenv::node
