// SPDX-License-Identifier: MIT
// Follows what happens to coverage without the saver: it saves when the interpreter shuts down, or
// when the program calls Coverage.save(); and the program may end its own measuring.
#pragma once

namespace covenv {

/// Records that coverage measures here, in a process that is asked to save.
void record_measured_by_saver();

/// Follows the saves of the Coverages that run now. With the GIL.
void follow_own_saves();

/// The same in a forked child, which does not owe the saves of its parent's Coverages.
void follow_own_saves_after_fork();

/// From now on records if the program stops a Coverage that runs now and would have saved at the
/// program's end, or removes the Coverage's trace function. With the GIL.
void follow_stops();

/// To be called before a trace function changes in a process in which coverage has started late:
/// the program may give back what was there before, none. With the GIL.
void note_trace_change();

/// Records soon, on the main thread, whether the program has taken the trace function of coverage
/// away, or has given it back. Called if a trace function changes. With the GIL.
void look_for_a_stop_soon();

/// Whether a Coverage that saves when the interpreter shuts down has not done so yet, or a save has
/// begun and has not succeeded.
bool owes_save();

/// Records that coverage has ended in this process, and whether it owes a save. `signal`: the one
/// that the process dies of now, or 0.
void record_own_end(int signal);

}  // namespace covenv
