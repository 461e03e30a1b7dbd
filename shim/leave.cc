// SPDX-License-Identifier: MIT
#include "leave.h"

#include <unistd.h>

#include "gil.h"
#include "libc.h"
#include "ownership.h"
#include "raw_syscall.h"
#include "saver.h"

namespace covenv {
namespace {

/// Python code leaves with the GIL held; anybody else may be a signal handler.
bool has_something_to_save() {
  return is_saver_armed() && current_owner() == Owner::kThisProcess && holds_gil();
}

bool can_be_executed(const Program& program) {
  if (*program.path == '\0' || program.search) return true;
  return raw_syscall(SYS_faccessat, program.dirfd, to_register(program.path), X_OK) == 0;
}

}  // namespace

void save_before_leaving() {
  if (!has_something_to_save()) return;
  give_up_gil();
  save_and_wait();
}

void save_before_exec(const Program& program) {
  if (!has_something_to_save() || !can_be_executed(program)) return;
  const ErrnoGuard guard;
  const GilRelease released;
  save_and_wait();
}

}  // namespace covenv
