// SPDX-License-Identifier: MIT
// Which process owns the saver's state. A forked child has a copy of it and a vfork child shares
// it, and both leave by _exit() or exec*() as a matter of course.
#pragma once

namespace covenv {

/// Makes this process the owner. False if the kernel has no MADV_WIPEONFORK.
bool take_ownership();

enum class Owner : unsigned char {
  kThisProcess,
  kNone,            ///< in a forked child that has not taken ownership, or if none was ever taken
  kAnotherProcess,  ///< in a vfork child: its parent
};
Owner current_owner();

/// Whether this is a forked child that has not taken ownership. Makes no system call. False in a
/// vfork child, so it is for code that no vfork child runs.
bool is_forked_copy();

}  // namespace covenv
