// SPDX-License-Identifier: MIT
#include "shim/audit/coverage_variables.h"

#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/loader/libc.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

bool carries(bool (*is_wanted)(const char* entry)) {
  for (char** entry = *environ_variable(); entry != nullptr && *entry != nullptr; ++entry) {
    if (is_wanted(*entry)) return true;
  }
  return false;
}

}  // namespace

bool carries_variable() { return carries(starts_python_coverage); }

bool carries_folder() {
  return carries([](const char* entry) { return name_of(entry) == "COVENV_FOLDER"; });
}

bool has_emptied_variable() {
  return carries([](const char* entry) {
    const char* const value = value_of(entry);
    return names_python_coverage(entry) && value != nullptr && *value == '\0';
  });
}

bool has_opted_out() {
  return remembered().knows(starts_python_coverage) && !remembered().is_gone(*environ_variable());
}

}  // namespace covenv
