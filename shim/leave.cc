// SPDX-License-Identifier: MIT
#include "leave.h"

#include <unistd.h>

#include "libc.h"
#include "ownership.h"
#include "raw_syscall.h"
#include "saver.h"
#include "saver_python.h"

namespace covenv {

void save_before_leaving() {
  if (!is_saver_armed() || current_owner() != Owner::kThisProcess) return;
  const ErrnoGuard guard;
  save_python_here();
}

void save_before_exec(const Program& program) {
  if (!is_saver_armed() || current_owner() != Owner::kThisProcess) return;
  const ErrnoGuard guard;
  const bool is_file = *program.path == '\0';
  const long result = raw_syscall(SYS_faccessat, program.dirfd, to_register(program.path), X_OK);
  if (is_file || program.search || result == 0) save_python_here();
}

}  // namespace covenv
