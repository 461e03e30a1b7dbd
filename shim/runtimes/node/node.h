// SPDX-License-Identifier: MIT
// Node: V8's coverage (NODE_V8_COVERAGE: c8, Vitest, Jest), and Istanbul's (NYC_CONFIG: nyc).
//
// Measures: a program with Node's own functions in it that one of these variables tells to.
// Saves: on the threads that run JavaScript, because an isolate belongs to a thread. In the ask's
//   handler if the thread waits in the kernel, because nothing of V8 is half done then; else in an
//   interrupt of V8, which JavaScript takes at its next loop or call. Node's own function for
//   v8.takeCoverage() is called, so the program's JavaScript objects do not matter.
// Cannot save: while C++ code computes without a return to V8 (crypto.pbkdf2Sync()), or while a
//   debugger has paused JavaScript.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::node {

bool measures(const ProgramStart& start);
void save_where_interrupted(const Interruption& where, SaveEnd end);
void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end);
SaveResult save_on_leaving_thread(std::int64_t timeout_ns);
void go_on();
/// By process.kill(). Async-signal-safe.
bool is_own_kill(const void* return_address);
SaveResult save_before_abort(std::int64_t timeout_ns, SaveEnd on_fatal_error);

}  // namespace covenv::node
