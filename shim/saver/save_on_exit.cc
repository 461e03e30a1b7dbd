// SPDX-License-Identifier: MIT
#include "shim/saver/save_on_exit.h"

#include <unistd.h>

#include "shim/loader/libc.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/saver/parent_death.h"
#include "shim/saver/saver.h"
#include "shim/state/ownership.h"

namespace covenv {
namespace {

bool has_something_to_save() { return is_saver_armed() && current_owner() == Owner::kThisProcess; }

/// Python code leaves with the GIL held; a thread without it may be on its way to an exec.
bool is_python_leaving() { return has_something_to_save() && holds_gil(); }

bool can_be_executed(const Program& program) {
  if (*program.path == '\0' || program.search) return true;
  return raw_syscall(SYS_faccessat, program.dirfd, to_register(program.path), X_OK) == 0;
}

}  // namespace

void save_before_leaving() {
  if (!is_python_leaving()) return;
  give_up_gil();
  save_and_wait(SaveReason::kLeaving);
}

// The GIL is not required, because CPython's raise_signal() has given it up.
void save_before_raising() {
  if (!has_something_to_save()) return;
  const GilRelease released;
  save_and_wait(SaveReason::kAsked);
}

void save_before_exec(const Program& program) {
  const bool is_leaving = is_python_leaving();
  if ((!is_leaving && !is_parent_death_diverted()) || !can_be_executed(program)) return;
  restore_parent_death();
  if (!is_leaving) return;
  const ErrnoGuard guard;
  const GilRelease released;
  save_and_wait(SaveReason::kExec);
}

}  // namespace covenv
