// SPDX-License-Identifier: MIT
// Hides our handlers from the program: it gets the actions that it would see without us.
#include "shim/audit/python_watch.h"
#include "shim/core/ask_protocol.h"
#include "shim/loader/libc.h"
#include "shim/saver/saver.h"
#include "shim/saver/signature.h"

using covenv::is_our_mark;
using covenv::libc;

namespace {

bool is_the_savers(int signal) { return signal == covenv::kAskSignal && covenv::is_saver_armed(); }

}  // namespace

// The program sees our mark as the default action. Setting the default keeps the mark; an action of
// the program's own replaces the mark.
int covenv_sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  if (signal == SIGPIPE && action != nullptr && action->sa_handler == SIG_IGN) {
    covenv::meet_python(__builtin_return_address(0));
  }
  if (is_the_savers(signal)) return covenv::set_application_action(action, old);
  if (!is_our_mark(signal)) return libc().sigaction(signal, action, old);
  const bool keeps_mark = action == nullptr || action->sa_handler == SIG_DFL;
  const int result = keeps_mark ? 0 : libc().sigaction(signal, action, nullptr);
  if (result == 0 && old != nullptr) *old = {};
  return result;
}

sighandler_type covenv_signal(int signal, sighandler_type handler) {
  if (is_the_savers(signal)) return covenv::set_application_handler(handler);
  if (!is_our_mark(signal)) return libc().signal(signal, handler);
  if (handler == SIG_DFL) return SIG_DFL;
  return libc().signal(signal, handler) == SIG_ERR ? SIG_ERR : SIG_DFL;
}
