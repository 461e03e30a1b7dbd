// SPDX-License-Identifier: MIT
// The mark of a measured process: two real-time signals, caught, between uncaught neighbours.
// Others read it in /proc/<pid>/status, where it shows even if the environment does not; exec
// clears it.
#pragma once

#include "shim/core/settings.h"

namespace covenv {

/// Catches the two signals. A marked process still dies of them, as without us. Leaves alone what
/// somebody catches already.
void install_signature(const SignalList& signature);

void remove_signature(const SignalList& signature);

/// Whether this signal's action is our mark and nobody else's.
bool is_our_mark(int signal);

}  // namespace covenv
