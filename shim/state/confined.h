// SPDX-License-Identifier: MIT
// A process that confines itself: after a seccomp filter that kills for some system calls, system
// calls of ours that the program never made by itself might be among them.
#pragma once

namespace covenv {

/// Whether this process has done so. Then it kills, dies and executes as without us.
bool is_confined();

/// Set by confine() (confine/confine.h) alone.
void set_confined(bool is_so);

}  // namespace covenv
