// SPDX-License-Identifier: MIT
// The functions that end a process without atexit, and so without coverage's own save.
#include "shim/loader/libc.h"
#include "shim/saver/save_on_exit.h"

using covenv::libc;
using covenv::save_before_leaving;

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
