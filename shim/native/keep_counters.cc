// SPDX-License-Identifier: MIT
#include "shim/native/keep_counters.h"

#include <linux/kcmp.h>
#include <sys/mman.h>

#include <algorithm>
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

/// After a question that was not answered.
constinit std::atomic<std::int64_t> no_question_until{0};

/// Asks `covenv run`, an ancestor of each process of its run: by Yama, only ancestors may read.
CountersFate ask_ancestor(const CountersQuestion& question, std::int64_t patience_ns) {
  constexpr std::int64_t kQuiet = 10000000000;
  CountersMailbox* const mailbox = mailbox_in_session();
  const std::int64_t now = kKernel.now();
  if (mailbox == nullptr || now < no_question_until.load(std::memory_order_relaxed)) {
    return CountersFate::kDenied;
  }
  const std::optional<CountersFate> answer = mailbox->ask(question, now + patience_ns);
  if (!answer) no_question_until.store(kKernel.now() + kQuiet, std::memory_order_relaxed);
  return answer.value_or(CountersFate::kDenied);
}

/// One save of the counters of a process in this process.
class Save {
 public:
  explicit Save(pid_t pid) : pid_(pid) {
    ProcessStat stat;
    if (!read_stat(kKernel, pid, stat)) return;
    start_time_ = stat.start_time;
    key_ = memo_key({static_cast<std::uint64_t>(pid), start_time_});
    is_due_ = !is_remembered_key(key_);
    if (is_due_) remember_key(key_);
  }

  /// Not twice, because a second signal may come before the first one has ended the process.
  bool is_due() const { return is_due_; }
  std::uint64_t start_time() const { return start_time_; }

  /// Notes what has become of the counters.
  void end(int signal, CountersFate fate) const {
    // Nothing is written, so a later signal may find more.
    if (fate == CountersFate::kNone || fate == CountersFate::kEarly ||
        fate == CountersFate::kUnclear || fate == CountersFate::kDenied) {
      forget_key(key_);
    }
    if (fate != CountersFate::kNone) {
      record_counters(pid_, signal, fate, kKernel.now() - started_);
    }
  }

 private:
  pid_t pid_;
  std::int64_t started_ = kKernel.now();
  std::uint64_t start_time_ = 0;
  std::uint64_t key_ = 0;
  bool is_due_ = false;
};

CountersFate save_once(CountedProgram& program, pid_t pid, const Farewell& farewell) {
  const Save save(pid);
  if (!save.is_due()) return CountersFate::kNone;
  const CountersFate fate = program.save(farewell);
  save.end(farewell.signal, fate);
  return fate;
}

/// Whether a thread goes on: it has not begun to end, and no signal has ended its process. True in
/// doubt (no descriptor is left), because a save of a process that has ended finds nothing.
bool goes_on(pid_t thread) {
  ProcessStatus status;
  ProcessStat stat;
  if (read_status(kKernel, thread, status) &&
      (status.state == 'Z' || status.state == 'X' || status.awaits(SIGKILL))) {
    return false;
  }
  return !read_stat(kKernel, thread, stat) || !stat.is_exiting;
}

/// Whether the process is ending already: the kernel puts a SIGKILL into each thread for any signal
/// that ends the process without a core dump.
bool is_dying(pid_t pid) {
  if (goes_on(pid)) return false;
  bool any_goes_on = false;
  for_each_thread(
      kKernel, pid,
      [](void* context, pid_t thread) {
        bool& any = *static_cast<bool*>(context);
        any = any || goes_on(thread);
      },
      &any_goes_on);
  return !any_goes_on;
}

/// Whether a signal has been sent of which the process dies, with a core dump or without. Of a
/// traced process the tracer may take a signal away.
bool is_to_die(pid_t pid) {
  ProcessStatus status;
  if (!read_status(kKernel, pid, status)) return false;
  for (int signal = 1; signal <= SIGSYS && status.tracer == 0; ++signal) {
    if (status.awaits(signal) && ends_now(signal, status)) return true;
  }
  return false;
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

std::optional<Farewell> Victim::farewell() const {
  if (!may_have_counters_ || has_memory_of_parent(pid_, status_.parent)) return std::nullopt;
  const bool fatal = is_fatal();
  // A Go program catches every signal, and dies of some.
  if (!fatal && !status_.catches(signal_)) return std::nullopt;
  return Farewell{.signal = signal_, .is_fatal = fatal};
}

void Victim::keep_counters(VictimLocks& locks, std::int64_t patience_ns) {
  constexpr std::int64_t kMostPatience = 10000000000;  // also if the grace has no end
  const std::optional<Farewell> farewell = this->farewell();
  if (!farewell) return;
  patience_ns = std::min(patience_ns, kMostPatience);
  // What has held the lock has kept the counters, and sent its signal.
  const bool was_held = locks.add(pid_, patience_ns);
  if (is_dying(pid_) || (was_held && is_to_die(pid_))) return;
  const Save save(pid_);
  if (!save.is_due()) return;
  CountersFate fate = program_.save(*farewell);
  if (fate == CountersFate::kDenied) {
    fate = ask_ancestor({.pid = pid_, .signal = signal_, .start_time = save.start_time()},
                        patience_ns);
  }
  save.end(signal_, fate);
}

CountersFate Victim::keep_counters_for_killer() {
  const std::optional<Farewell> farewell = this->farewell();
  return farewell ? save_once(program_, pid_, *farewell) : CountersFate::kNone;
}

CountersFate keep_counters_for_killer(const CountersQuestion& question) {
  ProcessStat stat;
  ProcessStatus status;
  const bool is_it = read_stat(kKernel, question.pid, stat) &&
                     stat.start_time == question.start_time &&
                     read_status(kKernel, question.pid, status);
  return is_it ? Victim(question.pid, question.signal, status).keep_counters_for_killer()
               : CountersFate::kDenied;
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

void keep_own(const Farewell& farewell, VictimLocks& locks) {
  constexpr std::int64_t kPatience = 1000000000;
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
  locks.add(pid, kPatience);
  save_once(program, pid, farewell);
}

}  // namespace

void keep_own_counters(int signal, VictimLocks& locks) { keep_own({.signal = signal}, locks); }

void keep_own_counters_before_exec() {
  VictimLocks locks;
  keep_own({.is_exec = true}, locks);
}

}  // namespace covenv
