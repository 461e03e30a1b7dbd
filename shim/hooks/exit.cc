// SPDX-License-Identifier: MIT
// The functions that end a process without atexit, and so without coverage's own save.
#include <csignal>

#include "shim/loader/libc.h"
#include "shim/native/keep_counters.h"
#include "shim/saver/save_on_exit.h"
#include "shim/state/confined.h"

using covenv::keep_own_counters;
using covenv::libc;

namespace {

void save_before_leaving() {
  if (!covenv::is_confined()) keep_own_counters(0);
  covenv::save_before_leaving();
}

void save_before_aborting() {
  if (!covenv::is_confined()) keep_own_counters(SIGABRT);
}

}  // namespace

void covenv__exit(int status) {
  save_before_leaving();
  libc()._exit(status);
}

void covenv__Exit(int status) {
  save_before_leaving();
  libc()._Exit(status);
}

void covenv_quick_exit(int status) {
  save_before_leaving();
  libc().quick_exit(status);
}

void covenv_JVM_Halt(int status) {
  covenv::save_before_halting();
  libc().JVM_Halt(status);
}

void covenv_abort() {
  save_before_aborting();
  libc().abort();
}

void covenv___assert_fail(const char* assertion, const char* file, unsigned line,
                          const char* function) {
  save_before_aborting();
  libc().__assert_fail(assertion, file, line, function);
}
