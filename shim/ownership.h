// SPDX-License-Identifier: MIT
// Which process the armed saver's data are those of. A forked child has the parent's memory, a vfork child
// even shares it; both leave by _exit() or exec*() as a matter of course.
#pragma once

namespace covenv {

/// This process is the owner from now on. False where the kernel has no MADV_WIPEONFORK.
bool take_ownership();

/// Whether it is: not in a vfork child, nor in a forked one unless it has taken it.
bool is_owner();

}  // namespace covenv
