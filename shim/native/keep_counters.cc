// SPDX-License-Identifier: MIT
#include "shim/native/keep_counters.h"

#include <linux/kcmp.h>
#include <sys/mman.h>

#include <atomic>
#include <csignal>

#include "shim/core/ending.h"
#include "shim/native/counted_program.h"
#include "shim/native/memo.h"
#include "shim/native/subject.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

/// Holds the pid of the process that has loaded the program; the kernel gives a forked child a page
/// of zeroes, and a vfork child reads its parent's pid. None if the program can have no counters.
constinit std::atomic<const pid_t*> loaded_by{nullptr};

enum class Self : unsigned char { kWithoutCounters, kLoader, kForkedChild, kVforkChild };

Self self() {
  const pid_t* const loader = loaded_by.load(std::memory_order_acquire);
  if (loader == nullptr) return Self::kWithoutCounters;
  if (*loader == 0) return Self::kForkedChild;
  return *loader == own_pid() ? Self::kLoader : Self::kVforkChild;
}

/// A vfork child has its parent's memory, and so its parent's counters. If the kernel does not say
/// whether (Docker's filter), the parent's state does: a parent waits for a vfork child.
bool has_memory_of_parent(pid_t pid, pid_t parent) {
  if (parent <= 0) return false;
  const long order = is_filtered() ? -1 : raw_syscall(SYS_kcmp, pid, parent, KCMP_VM);
  if (order >= 0) return order == 0;
  ProcessStatus status;
  return read_status(kKernel, parent, status) && status.state == 'D';
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
  remember_key(key);
  const std::int64_t started = kKernel.now();
  const CountersFate fate = program.save(farewell);
  // Nothing is written, so a later signal may find more.
  if (fate == CountersFate::kNone || fate == CountersFate::kEarly ||
      fate == CountersFate::kUnclear || fate == CountersFate::kDenied) {
    forget_key(key);
  }
  if (fate != CountersFate::kNone) {
    record_counters(pid, farewell.signal, fate, kKernel.now() - started);
  }
}

/// Whether the calling thread blocks the signal. raise() stays pending then.
bool is_blocked_here(int signal) {
  std::uint64_t blocked = 0;
  return raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, to_register(&blocked), sizeof(blocked)) ==
             0 &&
         (blocked >> static_cast<unsigned>(signal - 1) & 1U) != 0;
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

/// By the calling thread's mask, and not by /proc, which shows that of the leading thread, and the
/// handlers of an emulator (qemu).
bool ends_caller(int signal) {
  return ends_by_default(signal) && has_default_action(signal) && !is_blocked_here(signal);
}

}  // namespace

Victim::Victim(pid_t pid, int signal, const ProcessStatus& status)
    : pid_(pid),
      signal_(signal),
      status_(status),
      program_(pid, status),
      may_have_counters_(false) {
  // A tracer may take the signal away; the init of a pid namespace is not ended by it.
  const bool is_held = (status.tracer != 0 || status.is_init) && signal != SIGKILL;
  if (status.is_dead() || is_held || pid == 1 || !ends_by_default(signal) || has_keeper(status))
    return;
  may_have_counters_ = program_.may_have_counters();
}

bool Victim::is_fatal() const {
  if (signal_ == SIGKILL) return true;
  return !status_.catches(signal_) && !status_.ignores(signal_) &&
         !keeps_signal(kKernel, pid_, signal_, status_);
}

void Victim::keep_counters() {
  if (!may_have_counters_ || has_memory_of_parent(pid_, status_.parent)) return;
  const bool fatal = is_fatal();
  // A Go program catches every signal, and dies of some.
  if (!fatal && !status_.catches(signal_)) return;
  save_once(program_, pid_, {.signal = signal_, .is_fatal = fatal});
}

void keep_counters_in_exit(pid_t pid, int signal) {
  ProcessStatus status;
  if (!read_status(kKernel, pid, status)) return;
  CountedProgram program(pid, status);
  if (!program.may_have_counters() || has_memory_of_parent(pid, status.parent)) return;
  save_once(program, pid, {.signal = signal, .is_in_exit = true});
}

void note_own_program() {
  constexpr long kPage = 4096;
  const long page =
      raw_syscall(SYS_mmap, 0, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (is_error(page)) return;
  if (raw_syscall(SYS_madvise, page, kPage, MADV_WIPEONFORK) != 0) {
    raw_syscall(SYS_munmap, page, kPage);
    return;
  }
  *reinterpret_cast<pid_t*>(page) = own_pid();
  loaded_by.store(reinterpret_cast<const pid_t*>(page), std::memory_order_release);
}

namespace {

void keep_own(const Farewell& farewell) {
  const int signal = farewell.signal;
  const Self here = self();
  if (here == Self::kWithoutCounters || here == Self::kVforkChild) return;
  if (farewell.is_exec && here == Self::kForkedChild) return;
  if (signal != 0 && !ends_caller(signal)) return;
  const pid_t pid = own_pid();
  ProcessStatus status;
  if (!read_status(kKernel, pid, status)) return;
  if (signal != 0 && (status.is_init || status.tracer != 0)) return;
  CountedProgram program(pid, status);
  if (!program.may_have_counters()) {
    loaded_by.store(nullptr, std::memory_order_relaxed);
    return;
  }
  // No tracer sees an exec before it has taken the memory.
  if (!farewell.is_exec && has_keeper(status)) return;
  save_once(program, pid, farewell);
}

}  // namespace

void keep_own_counters(int signal) { keep_own({.signal = signal}); }

void keep_own_counters_before_exec() { keep_own({.is_exec = true}); }

}  // namespace covenv
