// SPDX-License-Identifier: MIT
// What becomes of coverage without us: it saves as the interpreter shuts down, or when the program
// calls Coverage.save(), which no saver sees; and a program may end its own measuring.
#pragma once

namespace covenv {

/// Records that coverage measures here, and that it is asked to save.
void record_measured();

/// Follows those Coverages that run now, and are asked to save. With the GIL.
void follow_own_saves();

/// The same in a forked child, where what the parent's Coverages owe is nothing of the child's.
void follow_own_saves_after_fork();

/// Records when the program stops a Coverage that runs now and would have saved at its end, or
/// takes its trace function away. With the GIL.
void follow_stops();

/// Whether a Coverage that saves as the interpreter shuts down has not done so yet, or a save has
/// begun and has not ended well.
bool owes_save();

/// Records that coverage has come to its end in this process, and what it owes then; `signal`: what
/// the process dies of now, or 0.
void record_own_end(int signal);

}  // namespace covenv
