// SPDX-License-Identifier: MIT
#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/loader/libc.h"
#include "shim/session/current_test.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

/// Remembers the present value of `name`, if the variable is carried, or names a test.
void remember_current(std::string_view name) {
  const Runtime& process = runtime();
  if (process.inert) return;
  for (char** entry = *environ_variable(); entry != nullptr && *entry != nullptr; ++entry) {
    if (!has_name(*entry, name)) continue;
    if (is_carried(*entry, process.settings)) remembered().remember(*entry);
    note_variable(*entry);
    return;
  }
}

/// To be called before a variable is set.
void see_what_is_there() {
  if (!runtime().inert) remembered().expect_to_set_in(*environ_variable());
}

}  // namespace
}  // namespace covenv

int covenv_setenv(const char* name, const char* value, int overwrite) {
  covenv::see_what_is_there();
  const int result = covenv::libc().setenv(name, value, overwrite);
  if (result == 0) covenv::remember_current(name);
  return result;
}

int covenv_putenv(char* entry) {
  covenv::see_what_is_there();
  const int result = covenv::libc().putenv(entry);
  if (result == 0) covenv::remember_current(covenv::name_of(entry));
  return result;
}
