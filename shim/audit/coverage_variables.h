// SPDX-License-Identifier: MIT
// What the environment of this process, as it is now, says of coverage.
#pragma once

namespace covenv {

/// Whether a variable is there that makes coverage.py start in a child.
bool carries_variable();

/// Whether such a variable is there, and is empty.
bool has_emptied_variable();

/// Whether the program took such a variable away by itself: that is a wish.
bool has_opted_out();

/// Whether the folder is named to which the relative settings of coverage belong.
bool carries_folder();

}  // namespace covenv
