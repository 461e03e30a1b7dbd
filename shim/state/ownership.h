// SPDX-License-Identifier: MIT
// Which process the armed saver's data are those of. A forked child has the parent's memory, a
// vfork child even shares it; both leave by _exit() or exec*() as a matter of course.
#pragma once

namespace covenv {

/// This process is the owner from now on. False where the kernel has no MADV_WIPEONFORK.
bool take_ownership();

enum class Owner : unsigned char {
  kThisProcess,
  kNobody,          ///< in a forked child that has not taken it, or where it has never been taken
  kAnotherProcess,  ///< in a vfork child
};
Owner current_owner();

/// Whether this is a forked child that has not taken it. No system call, and false in a vfork
/// child: for code that no vfork child runs.
bool is_forked_copy();

}  // namespace covenv
