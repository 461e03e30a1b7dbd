// SPDX-License-Identifier: MIT
#include "saver.h"

#include <dlfcn.h>
#include <linux/errno.h>
#include <pthread.h>

#include <atomic>

#include "kernel.h"
#include "libc.h"
#include "raw_syscall.h"
#include "runtime.h"
#include "saver_python.h"
#include "signature.h"

extern "C" [[gnu::weak]] void* dlsym(void* handle, const char* name) noexcept;

namespace covenv {
namespace {

constexpr std::size_t kStackSize = 1024 * 1024;
constexpr long kMaskSize = 8;

// dlsym, as an unversioned weak reference binds the oldest version that libc has of these.
struct Threads {
  decltype(&pthread_create) create;
  decltype(&pthread_join) join;
  decltype(&pthread_attr_init) attributes;
  decltype(&pthread_attr_setstacksize) set_stack_size;
  decltype(&pthread_attr_setdetachstate) set_detached;

  bool complete() const {
    return create != nullptr && join != nullptr && attributes != nullptr &&
           set_stack_size != nullptr && set_detached != nullptr;
  }
};

constinit Threads threads;
constinit std::atomic<bool> armed{false};
constinit std::atomic<bool> is_saving{false};
constinit struct sigaction application_action = {};

template <typename Function>
void find(Function*& slot, const char* name) {
  slot = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

int start_thread(void* (*run)(void*), void* argument, int detached, pthread_t* thread) {
  pthread_attr_t attributes;
  threads.attributes(&attributes);
  threads.set_stack_size(&attributes, kStackSize);
  threads.set_detached(&attributes, detached);
  return threads.create(thread, &attributes, run, argument);
}

void die_of(int signal) {
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  if (signal != SIGKILL) libc().sigaction(signal, &fallback, nullptr);
  const std::uint64_t only = std::uint64_t{1} << static_cast<unsigned>(signal - 1);
  raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, to_register(&only), 0, kMaskSize);
  raw_syscall(SYS_tgkill, own_pid(), raw_syscall(SYS_gettid), signal);
}

void* save_and_die(void* argument) {
  const auto signal = static_cast<int>(reinterpret_cast<std::uintptr_t>(argument));
  // Holds the GIL from the save to the end: no line of the program runs in between.
  save_python([](void* wanted) { die_of(*static_cast<int*>(wanted)); },
              const_cast<int*>(&signal));
  // Still here: init of a pid namespace, which nothing inside can kill.
  is_saving.store(false);
  return nullptr;
}

void on_ask(int signal, siginfo_t* info, void* context) {
  const auto value = reinterpret_cast<std::uintptr_t>(info->si_value.sival_ptr);
  if (info->si_code == SI_QUEUE && (value & kAskMask) == kAsk) {
    if (is_saving.exchange(true)) return;
    const ErrnoGuard guard;
    const std::uintptr_t wanted = value & ~kAskMask;
    pthread_t thread;
    const int error = start_thread(save_and_die, reinterpret_cast<void*>(wanted),
                                   PTHREAD_CREATE_DETACHED, &thread);
    if (error != 0) die_of(static_cast<int>(wanted));
    return;
  }
  const struct sigaction action = application_action;
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    action.sa_handler(signal);
  }
}

void catch_asks() {
  struct sigaction action = {};
  action.sa_sigaction = on_ask;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  // All of them: the thread that the handler starts inherits the mask, and no handler of the program
  // shall run on it.
  for (unsigned long& word : action.sa_mask.__val) word = ~0UL;
  libc().sigaction(kAskSignal, &action, &application_action);
}

void* do_nothing(void* tid) {
  *static_cast<long*>(tid) = raw_syscall(SYS_gettid);
  return nullptr;
}

/// Starts and ends one thread, so that libc's cache has a stack with all that belongs to it, and
/// pthread_create() in the handler takes no lock that the interrupted malloc() may hold.
bool prewarm() {
  pthread_t thread;
  long tid = 0;
  if (start_thread(do_nothing, &tid, PTHREAD_CREATE_JOINABLE, &thread) != 0) return false;
  threads.join(thread, nullptr);
  // join() returns a moment before the kernel has forgotten the thread, and CPython warns of a fork()
  // in a process that has two.
  while (raw_syscall(SYS_tgkill, own_pid(), tid, 0) == 0) raw_syscall(SYS_sched_yield);
  return true;
}

}  // namespace

void arm_saver() {
  if (armed.load() || dlsym == nullptr) return;
  find(threads.create, "pthread_create");
  find(threads.join, "pthread_join");
  find(threads.attributes, "pthread_attr_init");
  find(threads.set_stack_size, "pthread_attr_setstacksize");
  find(threads.set_detached, "pthread_attr_setdetachstate");
  if (!threads.complete() || !prewarm()) return;
  catch_asks();
  armed.store(true);
  install_signature(runtime().settings.signature);
}

bool is_saver_armed() { return armed.load(std::memory_order_relaxed); }

int set_application_action(const struct sigaction* action, struct sigaction* old) {
  const struct sigaction before = application_action;
  if (action != nullptr) application_action = *action;
  if (old != nullptr) *old = before;
  return 0;
}

sighandler_type set_application_handler(sighandler_type handler) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  struct sigaction before = {};
  set_application_action(&action, &before);
  return before.sa_handler;
}

}  // namespace covenv
