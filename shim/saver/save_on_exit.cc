// SPDX-License-Identifier: MIT
#include "shim/saver/save_on_exit.h"

#include <unistd.h>

#include "shim/loader/libc.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/runtimes/runtimes.h"
#include "shim/saver/parent_death.h"
#include "shim/saver/saver.h"
#include "shim/state/ownership.h"

namespace covenv {
namespace {

bool is_python() { return armed_runtime() == RuntimeKind::kPython; }

bool has_something_to_save() {
  return is_saver_armed() && current_owner() == Owner::kThisProcess &&
         (is_python() || measures_now(armed_runtime()));
}

/// Python code leaves with the GIL held; a thread without it may be on its way to an exec. Other
/// runtimes do not save before an exec: it may fail, after what they have saved cannot be taken
/// back, and it comes under the limits and the umask of the new program.
bool is_program_leaving() { return is_python() && has_something_to_save() && holds_gil(); }

bool can_be_executed(const Program& program) {
  if (*program.path == '\0' || program.search) return true;
  return raw_syscall(SYS_faccessat, program.dirfd, to_register(program.path), X_OK) == 0;
}

}  // namespace

void save_before_leaving(int status) {
  if (!has_something_to_save()) return;
  if (!is_python()) {
    save_on_this_thread(SaveReason::kLeaving, 0, status);
  } else if (holds_gil()) {
    give_up_gil();
    save_and_wait(SaveReason::kLeaving);
  }
}

void save_before_aborting(const CallSite& site) {
  if (has_something_to_save() && is_own_abort(armed_runtime(), site)) save_before_own_abort();
}

void save_before_halting() {
  if (!has_something_to_save()) return;
  save_before_runtime_halts();
}

// The GIL is not required, because CPython's raise_signal() has given it up.
bool save_before_raising(int signal) {
  if (!has_something_to_save()) return false;
  if (!is_python()) {
    if (save_on_this_thread(SaveReason::kAsked, signal, 0) != SaveResult::kNone) return false;
    save_and_die_soon(signal);
    return true;
  }
  const GilRelease released;
  save_and_wait(SaveReason::kAsked);
  return false;
}

void go_on_after_raising() { release_threads(armed_runtime()); }

bool is_sent_by_program(const void* return_address) {
  return is_own_kill(armed_runtime(), return_address);
}

void save_before_exec(const Program& program) {
  const bool is_leaving = is_program_leaving();
  if ((!is_leaving && !is_parent_death_diverted()) || !can_be_executed(program)) return;
  restore_parent_death();
  if (!is_leaving) return;
  const ErrnoGuard guard;
  const GilRelease released;
  save_and_wait(SaveReason::kExec);
}

}  // namespace covenv
