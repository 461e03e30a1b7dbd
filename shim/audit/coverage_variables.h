// SPDX-License-Identifier: MIT
// What the present environment of this process says of coverage.
#pragma once

namespace covenv {

/// Whether the environment has a variable that makes coverage.py start in a child.
bool carries_variable();

/// Whether the environment has such a variable with an empty value.
bool has_emptied_variable();

/// Whether the program has removed such a variable on purpose, which is an opt-out.
bool has_opted_out();

/// Whether the environment names the folder of coverage's relative settings (COVENV_FOLDER).
bool carries_folder();

}  // namespace covenv
