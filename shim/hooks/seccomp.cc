// SPDX-License-Identifier: MIT
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include "shim/confine/confine.h"
#include "shim/loader/libc.h"

int covenv_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  if (option != PR_SET_SECCOMP) return covenv::libc().prctl(option, a, b, c, d);
  return covenv::confine(a == SECCOMP_MODE_FILTER, reinterpret_cast<const sock_fprog*>(b),
                         [&] { return covenv::libc().prctl(option, a, b, c, d); });
}
