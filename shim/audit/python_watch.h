// SPDX-License-Identifier: MIT
// Watches the audit events of a CPython process, and acts on three of coverage's moments:
//  - offer: a child is about to start, and coverage measures here without a variable that says so;
//  - start: the process has a variable, and nothing has started coverage;
//  - keep: coverage has started, so it gets a journal, or the saver is armed.
#pragma once

namespace covenv {

/// Called by the constructor, long before the interpreter is set up. Does nothing without CPython.
void watch_python();

/// To be called if code at `caller` ignores SIGPIPE, as CPython does when it starts. Finds a
/// CPython that the program has loaded by dlopen().
void meet_python(const void* caller);

}  // namespace covenv
