// SPDX-License-Identifier: MIT
#include "signature.h"

#include "core/carry.h"
#include "kernel.h"
#include "libc.h"
#include "raw_syscall.h"

// Present in the executable or in libpython; PyPy gives it another name.
extern "C" [[gnu::weak]] int PyGILState_Ensure();

namespace covenv {
namespace {

/// What these signals do in a process that does not catch them.
void die_of(int signal) {
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  libc().sigaction(signal, &fallback, nullptr);
  // Blocked while we are in its handler: it is delivered as soon as we return.
  raw_syscall(SYS_tgkill, own_pid(), raw_syscall(SYS_gettid), signal);
}

bool starts_coverage(const char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    if (starts_python_coverage(*environment)) return true;
  }
  return false;
}

bool is_our_mark(int signal) {
  struct sigaction current = {};
  return libc().sigaction(signal, nullptr, &current) == 0 && current.sa_handler == die_of;
}

bool may_be_our_mark(int signal) { return signal > SIGSYS && is_our_mark(signal); }

}  // namespace

void install_signature(const char* const* environment, const SignalList& signature) {
  if (PyGILState_Ensure == nullptr || !starts_coverage(environment)) return;
  for (const int signal : signature) {
    struct sigaction current = {};
    if (libc().sigaction(signal, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) continue;
    struct sigaction mark = {};
    mark.sa_handler = die_of;
    mark.sa_flags = SA_RESTART | SA_ONSTACK;
    libc().sigaction(signal, &mark, nullptr);
  }
}

}  // namespace covenv

using covenv::libc;

// To the program our mark is the default action: that is what it is told, and setting the default again
// changes nothing. An action of its own takes the mark's place.
int covenv_sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  if (!covenv::may_be_our_mark(signal)) return libc().sigaction(signal, action, old);
  const bool keeps_mark = action == nullptr || action->sa_handler == SIG_DFL;
  const int result = keeps_mark ? 0 : libc().sigaction(signal, action, nullptr);
  if (result == 0 && old != nullptr) *old = {};
  return result;
}

sighandler_type covenv_signal(int signal, sighandler_type handler) {
  if (!covenv::may_be_our_mark(signal)) return libc().signal(signal, handler);
  if (handler == SIG_DFL) return SIG_DFL;
  return libc().signal(signal, handler) == SIG_ERR ? SIG_ERR : SIG_DFL;
}
