// SPDX-License-Identifier: MIT
// Whether this process has put itself under a seccomp filter that kills, so that our own system
// calls could kill it.
#pragma once

namespace covenv {

/// If true, the process kills, ends and executes as without us.
bool is_confined();

/// Called by confine() (confine/confine.h) alone.
void set_confined(bool is_so);

}  // namespace covenv
