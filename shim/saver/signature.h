// SPDX-License-Identifier: MIT
// The signature, the mark of a process with a saver (by COVENV_KILL=term, of any measured process):
// two caught real-time signals between uncaught neighbours. Other processes read it in
// /proc/<pid>/status, even if /proc/<pid>/environ is overwritten; exec clears it.
#pragma once

#include "shim/core/settings.h"

namespace covenv {

/// Catches the two signals, unless the program has set an action for them. A marked process still
/// dies of them, as without us.
void install_signature(const SignalList& signature);

void remove_signature(const SignalList& signature);

/// Whether this signal's handler is the one of our mark.
bool is_our_mark(int signal);

}  // namespace covenv
