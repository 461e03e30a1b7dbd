// SPDX-License-Identifier: MIT
#include "shim/native/keep_counters.h"

#include <linux/kcmp.h>

#include <atomic>
#include <csignal>

#include "shim/core/ending.h"
#include "shim/native/counted_program.h"
#include "shim/native/memo.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

/// The process that has loaded the program; 0 if the program can have no counters.
constinit std::atomic<pid_t> own_program{0};

/// A vfork child has its parent's memory, and so its parent's counters.
bool has_memory_of_parent(pid_t pid, pid_t parent) {
  return parent > 0 && raw_syscall(SYS_kcmp, pid, parent, KCMP_VM) == 0;
}

/// A tracer that is one of our programs keeps the counters in the exit: what is added before would
/// count twice.
bool has_keeper(const ProcessStatus& status) {
  if (status.tracer == 0) return false;
  ProcessStatus tracer;
  return read_status(kKernel, status.tracer, tracer) && tracer.is_called_keeper;
}

/// Not twice, because a second signal may come before the first one has ended the process.
void save_once(CountedProgram& program, pid_t pid, const Farewell& farewell) {
  ProcessStat stat;
  if (!read_stat(kKernel, pid, stat)) return;
  const std::uint64_t key = memo_key({static_cast<std::uint64_t>(pid), stat.start_time});
  if (is_remembered_key(key)) return;
  const std::int64_t started = kKernel.now();
  const CountersFate fate = program.save(farewell);
  if (fate == CountersFate::kNone) return;
  // Nothing is written, so a later signal may find more.
  const bool is_untouched = fate == CountersFate::kEarly || fate == CountersFate::kUnclear ||
                            fate == CountersFate::kDenied;
  if (!is_untouched) remember_key(key);
  record_counters(pid, farewell.signal, fate, kKernel.now() - started);
}

/// Whether the program has left the signal's action as it was. By the kernel, without our hook.
bool has_default_action(int signal) {
  struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
  } action = {};
  return raw_syscall(SYS_rt_sigaction, signal, 0, to_register(&action), sizeof(action.mask)) == 0 &&
         action.handler == SIG_DFL;
}

}  // namespace

Victim::Victim(pid_t pid, int signal, const ProcessStatus& status)
    : pid_(pid), signal_(signal), status_(status), may_have_counters_(false) {
  const bool is_dead = (status.state == 'Z' && status.threads <= 1) || status.state == 'X';
  // A tracer may take the signal away; the init of our pid namespace is not ended by one.
  const bool is_held = status.state == 't' && signal != SIGKILL;
  if (is_dead || is_held || pid == 1 || !ends_by_default(signal) || has_keeper(status)) return;
  may_have_counters_ = CountedProgram(pid, status).may_have_counters();
}

bool Victim::is_fatal() const {
  if (signal_ == SIGKILL) return true;
  return !status_.catches(signal_) && !status_.ignores(signal_) &&
         !keeps_signal(kKernel, pid_, signal_, status_);
}

void Victim::keep_counters() const {
  if (!may_have_counters_ || has_memory_of_parent(pid_, status_.parent)) return;
  const bool fatal = is_fatal();
  // A Go program catches every signal, and dies of some.
  if (!fatal && !status_.catches(signal_)) return;
  CountedProgram program(pid_, status_);
  save_once(program, pid_, {.signal = signal_, .is_fatal = fatal});
}

void keep_counters_in_exit(pid_t pid, int signal) {
  ProcessStatus status;
  if (!read_status(kKernel, pid, status)) return;
  CountedProgram program(pid, status);
  if (!program.may_have_counters() || has_memory_of_parent(pid, status.parent)) return;
  save_once(program, pid, {.signal = signal, .is_in_exit = true});
}

void note_own_program() { own_program.store(own_pid(), std::memory_order_relaxed); }

namespace {

void keep_own(const Farewell& farewell) {
  const int signal = farewell.signal;
  if (own_program.load(std::memory_order_relaxed) == 0) return;
  if (signal != 0 && !has_default_action(signal)) return;
  const pid_t pid = own_pid();
  ProcessStatus status;
  if (!read_status(kKernel, pid, status) || (signal != 0 && !ends_now(signal, status))) return;
  CountedProgram program(pid, status);
  if (!program.may_have_counters()) {
    own_program.store(0, std::memory_order_relaxed);
    return;
  }
  // No tracer sees an exec before it has taken the memory.
  if (!farewell.is_exec && has_keeper(status)) return;
  if (!has_memory_of_parent(pid, status.parent)) save_once(program, pid, farewell);
}

}  // namespace

void keep_own_counters(int signal) { keep_own({.signal = signal}); }

void keep_own_counters_before_exec() {
  const pid_t loaded = own_program.load(std::memory_order_relaxed);
  if (loaded != 0 && loaded == own_pid()) keep_own({.is_exec = true});
}

}  // namespace covenv
