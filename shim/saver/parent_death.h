// SPDX-License-Identifier: MIT
// sigforward has the kernel ask its command to end should it be killed itself, and its guard too
// (PR_SET_PDEATHSIG). A measured command would die of that signal unsaved: it has the kernel ask
// the saver instead.
#pragma once

#include <csignal>

namespace covenv {

/// In a process that is being armed, on the thread that the signal is for; nothing where its parent
/// is no sigforward.
void divert_parent_death();

/// Whether the calling thread is the one whose setting was changed. An exec that another one makes
/// takes that one's setting along.
bool is_parent_death_diverted();

/// As it was, on that thread: before an exec, and when the saver is disarmed.
void restore_parent_death();

/// The signal that was meant, if this kAskSignal says that the parent has died; else 0.
int parent_death_signal(const siginfo_t& info);

}  // namespace covenv
