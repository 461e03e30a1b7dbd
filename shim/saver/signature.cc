// SPDX-License-Identifier: MIT
#include "shim/saver/signature.h"

#include <atomic>

#include "shim/loader/libc.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

/// Saves system calls in a process without marks: Python asks for each of 31 real-time signals.
constinit std::atomic<bool> has_marks{false};

/// The handler of the mark: does what the signal does by default.
void die_of(int signal) {
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  libc().sigaction(signal, &fallback, nullptr);
  // Delivered when this handler returns, because the signal is blocked in its own handler.
  raw_syscall(SYS_tgkill, own_pid(), raw_syscall(SYS_gettid), signal);
}

}  // namespace

void install_signature(const SignalList& signature) {
  for (const int signal : signature) {
    struct sigaction current = {};
    if (libc().sigaction(signal, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) continue;
    struct sigaction mark = {};
    mark.sa_handler = die_of;
    mark.sa_flags = SA_RESTART | SA_ONSTACK;
    has_marks.store(true, std::memory_order_relaxed);
    libc().sigaction(signal, &mark, nullptr);
  }
}

void remove_signature(const SignalList& signature) {
  for (const int signal : signature) {
    const struct sigaction fallback = {};
    if (is_our_mark(signal)) libc().sigaction(signal, &fallback, nullptr);
  }
}

bool is_our_mark(int signal) {
  if (!has_marks.load(std::memory_order_relaxed)) return false;
  if (signal <= SIGSYS) return false;  // never one of the standard signals
  struct sigaction current = {};
  return libc().sigaction(signal, nullptr, &current) == 0 && current.sa_handler == die_of;
}

}  // namespace covenv
