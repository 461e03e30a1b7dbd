// SPDX-License-Identifier: MIT
#include "shim/saver/saver.h"

#include <time.h>
#include <ucontext.h>

#include <atomic>
#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/coverage/own_saves.h"
#include "shim/coverage/save.h"
#include "shim/loader/libc.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/python/gil.h"
#include "shim/python/held_threads.h"
#include "shim/runtimes/runtimes.h"
#include "shim/runtimes/symbol.h"
#include "shim/saver/interrupted_call.h"
#include "shim/saver/parent_death.h"
#include "shim/saver/saver_thread.h"
#include "shim/saver/signature.h"
#include "shim/session/recorder.h"
#include "shim/state/confined.h"
#include "shim/state/ownership.h"
#include "shim/state/runtime.h"

namespace covenv {
namespace {

constexpr long kMaskSize = 8;
constexpr std::int64_t kMillisecond = 1000000;
constexpr std::int64_t kSecond = 1000000000;
constexpr int kResetHandler = static_cast<int>(SA_RESETHAND);

constinit std::atomic<RuntimeKind> armed_for{RuntimeKind::kNone};
constinit std::atomic<bool> is_saving{false};
constinit std::atomic<bool> is_told{false};       // that the process is measured
constinit std::atomic<SaveResult> save_result{};  // of save_and_wait()
constinit std::atomic<bool> has_failed{false};    // a save on a leaving thread
constinit std::int64_t asked_at = 0;              // set by the thread that has set is_saving
constinit std::atomic<int> dies_of{0};            // the signal of the ask; 0 if the save has ended
constinit int leaves_with = 0;                    // the status of a process that saves and leaves
constinit std::atomic<pid_t> waiting{0};          // the thread that waits for a save of its own
constinit struct sigaction application_action = {};

/// Records that the process is measured, once that is known. PHP tells as it saves, and so does a
/// JVM whose start proves nothing.
void tell_measured() {
  const RuntimeKind kind = armed_for.load();
  if (kind == RuntimeKind::kPhp) return;
  if (kind == RuntimeKind::kJvm && !is_told_to_measure(kind)) return;
  if (kind == RuntimeKind::kPython) {
    if (!is_told.exchange(true)) record_measured_by_saver();
  } else if (measures_now(kind) && !is_told.exchange(true)) {
    record_measured(MeasuredWith::kSaver, kind);
  }
}

void die_of(int signal) {
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  if (signal != SIGKILL) libc().sigaction(signal, &fallback, nullptr);
  const std::uint64_t only = std::uint64_t{1} << static_cast<unsigned>(signal - 1);
  raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, to_register(&only), 0, kMaskSize);
  raw_syscall(SYS_tgkill, own_pid(), raw_syscall(SYS_gettid), signal);
}

SaveResult result_of(bool saved) { return saved ? SaveResult::kDone : SaveResult::kFailed; }

int signal_of(void* argument) {
  return static_cast<int>(reinterpret_cast<std::uintptr_t>(argument));
}

int save_and_die(void* argument) {
  // An interpreter that is shutting down ends every thread that asks for the GIL. By then coverage
  // has had its time to save by itself.
  at_saver_thread_exit(
      [](void* signal) {
        record_own_end(signal_of(signal));
        die_of(signal_of(signal));
      },
      argument);
  int wanted = signal_of(argument);
  // The GIL is held from the save to the end, so that no line of the program runs in between.
  save_python(
      [](void* signal, bool saved) {
        const int number = *static_cast<int*>(signal);
        record_saved(SaveReason::kAsked, result_of(saved), number, kKernel.now() - asked_at);
        die_of(number);
      },
      &wanted);
  // Still alive: the init of a pid namespace, which no process inside can kill. A killer outside
  // goes on as soon as kAskSignal is not caught any more.
  if (wanted == SIGKILL) libc().sigaction(kAskSignal, &application_action, nullptr);
  is_saving.store(false);
  return 0;
}

/// Still alive: the init of a pid namespace, which no process inside can kill. A killer outside
/// goes on as soon as kAskSignal is not caught any more, which the killer sees within 20 ms.
void wait_for_killer(int signal) {
  constexpr std::int64_t kLonger = 100 * kMillisecond;
  if (signal != SIGKILL) return;
  libc().sigaction(kAskSignal, &application_action, nullptr);
  kKernel.sleep(kLonger);
}

/// Ends the save of a runtime other than CPython. Of two threads that come, the second one waits
/// for the end of the process, because it would run on otherwise.
void record_and_die(SaveResult result) {
  const int wanted = dies_of.exchange(0);
  if (wanted == 0) {
    while (is_saving.load()) kKernel.sleep(kMillisecond);
    return;
  }
  record_saved(SaveReason::kAsked, result, wanted, kKernel.now() - asked_at);
  die_of(wanted);
  wait_for_killer(wanted);
  is_saving.store(false);
}

int save_runtime_and_die(void* /*argument*/) {
  save_from_saver_thread(armed_for.load(), runtime().settings.grace_ns, record_and_die);
  record_and_die(SaveResult::kNone);
  return 0;
}

void set(int timer, std::int64_t nanoseconds) {
  const itimerspec once = {
      .it_interval = {},
      .it_value = {.tv_sec = nanoseconds / kSecond, .tv_nsec = nanoseconds % kSecond},
  };
  raw_syscall(SYS_timer_settime, timer, 0, to_register(&once), 0);
}

/// Arms a timer that sends this process a signal. The timer is not inherited across fork or exec.
/// -1: there is none.
int send_later(int signal, std::int64_t nanoseconds) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = signal;
  int timer = 0;
  if (raw_syscall(SYS_timer_create, CLOCK_MONOTONIC, to_register(&event), to_register(&timer)) != 0)
    return -1;
  set(timer, nanoseconds);
  return timer;
}

void stop(int timer) {
  if (timer >= 0) set(timer, 0);
}

/// Kills this process a second after the grace, in case the killer dies and the save hangs. Not at
/// the end of the grace, because the killer takes an end by the timer for one in time.
void die_soon_after_grace(int wanted) { send_later(wanted, runtime().settings.grace_ns + kSecond); }

/// From now on a nudge ends a wait in the kernel, because the program does not run on any more, and
/// a second signal of this kind does not end the process before the save has.
void prepare_to_die_of(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  if (signal != SIGKILL) libc().sigaction(signal, &action, nullptr);
  if (libc().sigaction(kAskSignal, nullptr, &action) != 0) return;
  action.sa_flags &= ~SA_RESTART;
  libc().sigaction(kAskSignal, &action, nullptr);
}

/// Begins to save. False if a save goes on already.
bool begin_to_save(int wanted) {
  if (is_saving.exchange(true)) return false;
  tell_measured();
  asked_at = kKernel.now();
  die_soon_after_grace(wanted);
  const bool is_python = armed_for.load() == RuntimeKind::kPython;
  const auto argument = static_cast<std::uintptr_t>(wanted);
  if (!is_python) {
    dies_of.store(wanted);
    prepare_to_die_of(wanted);
  }
  if (!start_saver_thread(is_python ? save_and_die : save_runtime_and_die,
                          reinterpret_cast<void*>(argument))) {
    record_saved(SaveReason::kAsked, SaveResult::kNoThread, wanted, 0);
    die_of(wanted);
  }
  return true;
}

void continue_save(const void* context) {
  const Interruption where = {.is_main_thread = raw_syscall(SYS_gettid) == own_pid(),
                              .waits_in_kernel = is_cut_short(context) ||
                                                 is_in_blocking_read(context) ||
                                                 is_in_blocking_write(context)};
  save_where_interrupted(armed_for.load(), where, record_and_die);
}

/// Holds the interrupted thread here if it would run the code behind its system call. Any other
/// thread goes on, because it may hold a lock that the save needs. A thread that has begun to save
/// by itself may hold one, too, so coverage/save.py lets it go.
void save_on_request(int wanted, const void* context) {
  // A vfork child shares its parent's memory, and has nothing of its own to save.
  const Owner owner = current_owner();
  if (owner == Owner::kAnotherProcess) {
    die_of(wanted);
    return;
  }
  if (owner == Owner::kNone) take_ownership();
  if (armed_for.load() != RuntimeKind::kPython) {
    if (!measures_now(armed_for.load())) {
      die_of(wanted);
      return;
    }
    begin_to_save(wanted);
    continue_save(context);
    return;
  }
  // An interpreter that reads its program from a pipe holds the GIL during the read.
  const bool can_be_held = is_cut_short(context) || (holds_gil() && is_in_blocking_read(context));
  if (!can_be_held || waiting.load() == raw_syscall(SYS_gettid)) {
    begin_to_save(wanted);
    return;
  }
  const GilRelease released;
  const HeldThread held;
  bool has_begun = begin_to_save(wanted);
  while (held.wait_while(is_saving) && !has_begun) has_begun = begin_to_save(wanted);
}

/// Whether `wanted` would stay pending at this moment. False if another thread than the main thread
/// was interrupted, because that thread may take the signal.
bool is_kept_for_later(int wanted, const void* context) {
  if (wanted == SIGKILL || raw_syscall(SYS_gettid) != own_pid()) return false;
  ProcessStatus leader;
  __builtin_memcpy(&leader.blocked, &static_cast<const ucontext_t*>(context)->uc_sigmask,
                   sizeof(leader.blocked));
  if (!leader.blocks(wanted)) return false;
  return !proc_is_ours(kKernel, own_pid()) || keeps_signal(kKernel, own_pid(), wanted, leader);
}

/// Whether `wanted` would end the process at this moment.
bool would_end(int wanted, const void* context) {
  struct sigaction action = {};
  libc().sigaction(wanted, nullptr, &action);
  return action.sa_handler == SIG_DFL && !is_kept_for_later(wanted, context);
}

void on_ask(int signal, siginfo_t* info, void* context) {
  const auto value = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  if (const int wanted = info->si_code == SI_QUEUE ? asked_signal(value) : 0) {
    const ErrnoGuard guard;
    // Handlers that came together with the ask are cancelled, because the program would go on after
    // one that sets a flag and returns.
    if (!is_kept_for_later(wanted, context)) save_on_request(wanted, take_back_handlers(context));
    return;
  }
  if (is_saving.load() && info->si_code == SI_TIMER) {
    record_saved(SaveReason::kLeaving, SaveResult::kNone, 0, kKernel.now() - asked_at);
    raw_syscall(SYS_exit_group, leaves_with);
  }
  if (is_saving.load() && info->si_code == SI_TKILL && info->si_pid == own_pid()) {
    const ErrnoGuard guard;
    continue_save(context);
    return;
  }
  if (const int wanted = parent_death_signal(*info)) {
    const ErrnoGuard guard;
    if (would_end(wanted, context)) {
      save_on_request(wanted, context);
    } else {
      raw_syscall(SYS_kill, own_pid(), wanted);
    }
    return;
  }
  const struct sigaction action = application_action;
  if ((action.sa_flags & kResetHandler) != 0) application_action = {};
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    action.sa_handler(signal);
  }
}

/// Installs our handler before the application's, with the application's flags and mask, because
/// the application decides whether SIGURG interrupts its system calls.
int catch_asks(const struct sigaction& application) {
  struct sigaction action = application;
  const bool has_handler = (application.sa_flags & SA_SIGINFO) != 0 ||
                           (application.sa_handler != SIG_DFL && application.sa_handler != SIG_IGN);
  // JavaScript looks where the stack is.
  const int on_stack = armed_for.load() == RuntimeKind::kNode ? 0 : SA_ONSTACK;
  if (!has_handler) action.sa_flags = SA_RESTART | on_stack;
  action.sa_flags = (action.sa_flags | SA_SIGINFO) & ~kResetHandler;
  action.sa_sigaction = on_ask;
  return libc().sigaction(kAskSignal, &action, nullptr);
}

/// Whether the process hears asks from now on.
bool begin_to_listen(RuntimeKind kind) {
  struct sigaction application = {};
  if (libc().sigaction(kAskSignal, nullptr, &application) != 0) return false;
  application_action = application;
  armed_for.store(kind);
  if (catch_asks(application) == 0) return true;
  armed_for.store(RuntimeKind::kNone);
  return false;
}

/// Records that the runtime has ended in order, and so has saved by itself: exit() has been called.
void watch_exit() {
  int (*at_exit)(void (*function)(void*), void* argument, void* object) = nullptr;
  if (!look_up(at_exit, "__cxa_atexit")) return;
  at_exit(
      [](void*) {
        const bool is_own = current_owner() == Owner::kThisProcess && !is_confined();
        if (is_own && dies_of.load() != 0 && ends_in_order(armed_for.load())) {
          record_and_die(SaveResult::kDone);
        }
        if (is_own && is_told.load() && !is_saving.load() && !has_failed.load())
          record_saved(SaveReason::kItself, SaveResult::kDone, 0, 0);
      },
      nullptr, nullptr);
}

/// Makes the saver ready in forked children. In the ask's handler that would take malloc's lock.
void watch_forks() {
  int (*at_fork)(void (*prepare)(), void (*in_parent)(), void (*in_child)(), void* object) =
      nullptr;
  if (!look_up(at_fork, "__register_atfork")) return;
  at_fork(nullptr, nullptr, rearm_saver_after_fork, nullptr);
}

}  // namespace

void arm_saver(RuntimeKind kind) {
  if (is_saver_armed() || is_confined()) return;
  if (!take_ownership() || !prepare_saver_thread() || !begin_to_listen(kind)) {
    if (kind != RuntimeKind::kPython && is_told_to_measure(kind)) {
      record_measured(MeasuredWith::kUnarmed, kind);
    }
    return;
  }
  divert_parent_death();
  tell_measured();
  if (kind != RuntimeKind::kPython) watch_exit();
  if (forks_workers(kind)) watch_forks();
  install_signature(runtime().settings.signature);
}

void disarm_saver() {
  armed_for.store(RuntimeKind::kNone);
  is_told.store(false);
  restore_parent_death();
  libc().sigaction(kAskSignal, &application_action, nullptr);
  remove_signature(runtime().settings.signature);
}

void rearm_saver_after_fork() {
  is_saving.store(false);
  waiting.store(0);
  is_told.store(false);
  if (!is_saver_armed() || !take_ownership()) return;
  prepare_saver_thread();
  // Many a forked child of another runtime only executes a program. It is told of when it saves.
  if (armed_for.load() == RuntimeKind::kPython) tell_measured();
}

namespace {

/// The end of a save in a process that leaves by itself.
SaveResult record_leaving(SaveReason reason, SaveResult result, int signal) {
  if (result != SaveResult::kNone) {
    record_saved(reason, result, signal, kKernel.now() - asked_at);
  }
  if (result == SaveResult::kFailed) has_failed.store(true);
  is_saving.store(false);
  return result;
}

}  // namespace

SaveResult save_on_this_thread(SaveReason reason, int signal, int status) {
  if (is_saving.exchange(true)) return SaveResult::kNone;
  tell_measured();
  asked_at = kKernel.now();
  leaves_with = status;
  const std::int64_t grace = runtime().settings.grace_ns;
  const int timer = send_later(signal != 0 ? signal : kAskSignal, grace);
  const SaveResult result = save_on_leaving_thread(armed_for.load(), grace);
  stop(timer);
  return record_leaving(reason, result, signal);
}

void save_before_own_abort() {
  if (is_saving.exchange(true)) return;
  tell_measured();
  asked_at = kKernel.now();
  const std::int64_t grace = runtime().settings.grace_ns;
  const int timer = send_later(SIGABRT, grace);
  const SaveResult result = save_before_abort(armed_for.load(), grace, [](SaveResult failed) {
    record_saved(SaveReason::kAsked, failed, SIGABRT, kKernel.now() - asked_at);
    libc().abort();
  });
  stop(timer);
  record_leaving(SaveReason::kAsked, result, SIGABRT);
}

void save_before_runtime_halts() {
  if (is_saving.exchange(true)) return;
  tell_measured();
  asked_at = kKernel.now();
  save_result.store(SaveResult::kFailed);
  run_on_saver_thread([] { save_result.store(save_before_halt(armed_for.load())); },
                      runtime().settings.grace_ns);
  record_leaving(SaveReason::kLeaving, save_result.load(), 0);
}

void save_and_die_soon(int signal) {
  begin_to_save(signal);
  // Pending before the caller's handler returns, so that no system call which the handler has cut
  // short comes back to the program.
  nudge();
  std::uint64_t blocked = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, to_register(&blocked), kMaskSize);
  const bool is_in_handler = (blocked >> static_cast<unsigned>(kAskSignal - 1) & 1U) != 0;
  if (is_in_handler || raw_syscall(SYS_gettid) == own_pid()) return;
  while (is_saving.load()) kKernel.sleep(kMillisecond);
}

void save_and_wait(SaveReason reason) {
  const std::int64_t grace = runtime().settings.grace_ns;
  const Deadline deadline(kKernel, grace);
  if (!is_saving.exchange(true)) {
    asked_at = kKernel.now();
    save_result.store(SaveResult::kNone);
    waiting.store(static_cast<pid_t>(raw_syscall(SYS_gettid)));
    run_on_saver_thread(
        [] {
          save_python([](void*, bool saved) { save_result.store(result_of(saved)); }, nullptr);
        },
        grace);
    record_saved(reason, save_result.load(), 0, kKernel.now() - asked_at);
    waiting.store(0);
    is_saving.store(false);
    return;
  }
  while (is_saving.load() && deadline.left() != 0) kKernel.sleep(kMillisecond);
}

void wait_while_saving() {
  if (!is_saving.load()) return;
  const GilRelease released;
  while (is_saving.load()) kKernel.sleep(kMillisecond);
}

bool is_saver_armed() { return armed_runtime() != RuntimeKind::kNone; }

RuntimeKind armed_runtime() { return armed_for.load(std::memory_order_relaxed); }

int set_application_action(const struct sigaction* action, struct sigaction* old) {
  // A vfork child has a table of actions of its own, but shares its parent's memory.
  if (current_owner() == Owner::kAnotherProcess) return libc().sigaction(kAskSignal, action, old);
  const struct sigaction before = application_action;
  if (action != nullptr) {
    const int result = catch_asks(*action);
    if (result != 0) return result;
    application_action = *action;
  }
  if (old != nullptr) *old = before;
  return 0;
}

sighandler_type set_application_handler(sighandler_type handler) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  struct sigaction before = {};
  return set_application_action(&action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

}  // namespace covenv
