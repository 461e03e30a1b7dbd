// SPDX-License-Identifier: MIT
// The parent-death signal (PR_SET_PDEATHSIG), which the kernel sends to sigforward's command if
// sigforward is killed. A command with a saver would die of that signal unsaved, so the saver makes
// kAskSignal its parent-death signal.
#pragma once

#include <csignal>

namespace covenv {

/// To be called while the saver is being armed, on the thread that has the setting. Does nothing if
/// the parent is no sigforward.
void divert_parent_death();

/// Whether the calling thread is the one whose setting was changed. An exec keeps the setting of
/// the thread that calls it.
bool is_parent_death_diverted();

/// Restores the setting, on that thread. For an exec, and for the end of the saver.
void restore_parent_death();

/// The original parent-death signal, if this kAskSignal says that the parent has died; else 0.
int parent_death_signal(const siginfo_t& info);

}  // namespace covenv
