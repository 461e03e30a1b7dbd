// SPDX-License-Identifier: MIT
// What happens in a CPython process that concerns coverage, told by its audit events:
//  - offer: it is about to start a child, and coverage measures here without a variable to say so;
//  - start: it carries a variable, and nothing has started coverage in it;
//  - arm: coverage has started in it, so from now on it can be asked to save.
#pragma once

namespace covenv {

/// Called by the constructor, long before the interpreter is set up; does nothing in any other
/// program.
void watch_python();

/// A CPython may be starting: code at `caller` ignores SIGPIPE, as CPython does when it starts. For
/// a program that has loaded it by dlopen().
void meet_python(const void* caller);

/// Whether coverage has stopped since it was offered: with sys.monitoring no event tells.
/// Async-signal-safe.
bool is_offer_withdrawn();

}  // namespace covenv
