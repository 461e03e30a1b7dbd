// SPDX-License-Identifier: MIT
#include "shim/audit/coverage_variables.h"

#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/loader/libc.h"
#include "shim/state/runtime.h"

namespace covenv {
bool carries_variable() { return any_entry(*environ_variable(), starts_python_coverage); }

bool carries_folder() {
  return any_entry(*environ_variable(),
                   [](const char* entry) { return has_name(entry, "COVENV_FOLDER"); });
}

bool has_emptied_variable() {
  return any_entry(*environ_variable(), [](const char* entry) {
    const char* const value = value_of(entry);
    return names_python_coverage(entry) && value != nullptr && *value == '\0';
  });
}

bool has_opted_out() {
  return remembered().knows(starts_python_coverage) && !remembered().is_gone(*environ_variable());
}

}  // namespace covenv
