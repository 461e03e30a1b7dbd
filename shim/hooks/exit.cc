// SPDX-License-Identifier: MIT
// The functions that end a process without atexit, and so without coverage's own save.
#include <csignal>

#include "shim/loader/libc.h"
#include "shim/native/keep_counters.h"
#include "shim/saver/save_on_exit.h"
#include "shim/state/confined.h"

using covenv::keep_own_counters;
using covenv::libc;
using covenv::VictimLocks;

namespace {

// The locks go with the process: a killer that waits for them finds that this one dies.

void save_before_leaving(VictimLocks& locks, int status) {
  if (!covenv::is_confined()) keep_own_counters(0, locks);
  covenv::save_before_leaving(status);
}

void save_before_aborting(VictimLocks& locks) {
  if (!covenv::is_confined()) keep_own_counters(SIGABRT, locks);
}

}  // namespace

void covenv__exit(int status) {
  VictimLocks locks;
  save_before_leaving(locks, status);
  libc()._exit(status);
}

void covenv__Exit(int status) {
  VictimLocks locks;
  save_before_leaving(locks, status);
  libc()._Exit(status);
}

void covenv_quick_exit(int status) {
  VictimLocks locks;
  save_before_leaving(locks, status);
  libc().quick_exit(status);
}

void covenv_JVM_Halt(int status) {
  covenv::save_before_halting();
  libc().JVM_Halt(status);
}

void covenv_abort() {
  VictimLocks locks;
  save_before_aborting(locks);
  covenv::save_before_aborting({__builtin_return_address(0), __builtin_frame_address(0)});
  libc().abort();
}

void covenv___assert_fail(const char* assertion, const char* file, unsigned line,
                          const char* function) {
  VictimLocks locks;
  save_before_aborting(locks);
  libc().__assert_fail(assertion, file, line, function);
}
