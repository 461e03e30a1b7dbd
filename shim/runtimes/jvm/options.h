// SPDX-License-Identifier: MIT
// What tells a program, before its first instruction, to be a JVM that is measured.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::jvm {

struct FoundOptions {
  bool may_measure = false;
  bool is_told = false;     ///< by an agent; else a tool's name is all that there is
  bool keeps_data = false;  ///< in a file, or on a server: no client has to fetch them
};

/// Looks into the variables with options, and, if the program is called java, at its arguments and
/// into the files that `@file` names.
FoundOptions find_coverage(const ProgramStart& start);

/// Whether the program starts a JVM: as the JDK's own launchers do, or because it is linked to
/// libjvm.
bool is_launcher();

}  // namespace covenv::jvm
