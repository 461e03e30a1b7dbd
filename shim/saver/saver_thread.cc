// SPDX-License-Identifier: MIT
// pthread_create() in the handler is not good enough: it allocates, and hangs if the interrupted
// code holds malloc's lock. With a stack in glibc's cache it need not allocate, but a few larger
// threads push that stack out, and a dlopen() makes thread-local storage grow (measured: of 20, 8
// and 6 were lost).
//
// So a thread is parked: glibc creates it, and it ends by the bare exit system call. The kernel
// does not know it any more (CPython's fork warning, which counts threads, stays silent), but glibc
// does: stack, descriptor and thread-local storage stay, are in no cache, and are kept up to date
// by dlopen(). The handler clones a new kernel thread into them. It calls nothing of libc but
// clone(), which takes no lock.
#include "shim/saver/saver_thread.h"

#include <dlfcn.h>
#include <linux/errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include <atomic>
#include <csignal>
#include <cstdint>

#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

extern "C" [[gnu::weak]] void* dlsym(void* handle, const char* name) noexcept;

namespace covenv {
namespace {

constexpr std::size_t kStackSize = std::size_t{1024} * 1024;
constexpr std::size_t kBelowFrame = 4096;
constexpr long kMaskSize = 8;
// How often to check the thread for a deadlock.
constexpr std::int64_t kLook = 20000000;
constexpr std::uint64_t kAllSignals = ~std::uint64_t{0};

// Found by dlsym(), because an unversioned weak reference binds the oldest version of a function.
struct Threads {
  decltype(&pthread_create) create;
  decltype(&pthread_attr_init) attributes;
  decltype(&pthread_attr_setstacksize) set_stack_size;
  decltype(&pthread_attr_setdetachstate) set_detached;
  decltype(&pthread_key_create) create_key;
  decltype(&pthread_setspecific) set_specific;
  decltype(&pthread_self) self;
  const std::uint32_t* tid_field;  // glibc's, for debuggers: size, number, offset in a descriptor
  int (*clone)(int (*run)(void*), void* stack, int flags, void* argument, ...);
  void* is_glibc;  // nullptr: musl, whose threads take a lock to exit, and need no malloc to start

  bool complete() const {
    return create != nullptr && attributes != nullptr && set_stack_size != nullptr &&
           set_detached != nullptr && create_key != nullptr && set_specific != nullptr &&
           self != nullptr;
  }
};

struct Parked {
  pid_t process;  // a forked child has to park its own
  char* stack;
  void* thread_pointer;
  pid_t* tid;    // the descriptor's field, 0 while the thread is parked
  pid_t* state;  // the kernel clears this when the thread ends; up to glibc 2.42 the same as tid
  pid_t alive;   // the value of *state while the thread lives
};

constinit Threads threads = {};
constinit Parked parked = {};

template <typename Function>
void find(Function*& slot, const char* name) {
  slot = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

void block_all_signals() {
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, to_register(&kAllSignals), 0, kMaskSize);
}

/// Blocks all signals for the length of a scope, also in threads that are created in it.
class BlockedSignals {
 public:
  BlockedSignals()
      : are_blocked_(raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, to_register(&kAllSignals),
                                 to_register(&before_), kMaskSize) == 0) {}
  ~BlockedSignals() {
    if (!are_blocked_) return;
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, to_register(&before_), 0, kMaskSize);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  std::uint64_t before_ = 0;
  bool are_blocked_;
};

int create(void* (*run)(void*), void* argument) {
  pthread_attr_t attributes;
  threads.attributes(&attributes);
  threads.set_stack_size(&attributes, kStackSize);
  threads.set_detached(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const BlockedSignals blocked;
  return threads.create(&thread, &attributes, run, argument);
}

enum Stage : int { kStarting, kParked, kNotHere };

/// The field of the calling thread's descriptor that holds its id: `state`, or another, or nullptr.
pid_t* own_tid_field(pid_t* state) {
  const auto tid = static_cast<pid_t>(raw_syscall(SYS_gettid));
  if (*state == tid) return state;
  if (threads.tid_field == nullptr) return nullptr;
  auto* const field = reinterpret_cast<pid_t*>(threads.self() + threads.tid_field[2]);
  return *field == tid ? field : nullptr;
}

void* park(void* context) {
  auto* const stage = static_cast<std::atomic<int>*>(context);
  block_all_signals();
  pid_t* state = nullptr;
  raw_syscall(SYS_prctl, PR_GET_TID_ADDRESS, to_register(&state));
  pid_t* const tid = state != nullptr ? own_tid_field(state) : nullptr;
  const bool is_known = tid != nullptr;
  if (is_known) {
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    parked.stack = reinterpret_cast<char*>((frame - kBelowFrame) & ~std::uintptr_t{63});
    parked.thread_pointer = __builtin_thread_pointer();
    parked.tid = tid;
    parked.state = state;
    parked.alive = *state;
  }
  stage->store(is_known ? kParked : kNotHere);
  if (is_known) raw_syscall(SYS_exit, 0);
  return nullptr;
}

/// Waits until the kernel has ended the thread; then the thread is parked.
void wait_until_parked() {
  const std::atomic_ref<pid_t> state(*parked.state);
  while (state.load() != 0) raw_syscall(SYS_sched_yield);
  *parked.tid = 0;
  parked.process = own_pid();
}

bool park_thread() {
  std::atomic<int> stage{kStarting};
  if (create(park, &stage) != 0) return false;
  while (stage.load() == kStarting) raw_syscall(SYS_sched_yield);
  if (stage.load() != kParked) return false;
  wait_until_parked();
  return true;
}

struct Job {
  int (*run)(void*);
  void* argument;
};
constinit Job job = {};

struct AtExit {
  void (*run)(void*);
  void* argument;
};
constinit AtExit at_exit = {};
constinit bool has_key = false;
constinit pthread_key_t key = 0;

void run_at_exit(void*) { at_exit.run(at_exit.argument); }

void* run_job(void*) {
  block_all_signals();
  job.run(job.argument);
  return nullptr;
}

enum Progress : int { kRuns, kDone, kGone };

struct Awaited {
  void (*run)();
  std::atomic<int> progress;
  std::atomic<pid_t> tid;
};
constinit Awaited awaited = {};

void set_progress(Progress progress) {
  awaited.progress.store(progress);
  raw_syscall(SYS_futex, to_register(&awaited.progress), FUTEX_WAKE_PRIVATE, 1);
}

int run_awaited(void*) {
  at_saver_thread_exit([](void*) { set_progress(kGone); }, nullptr);
  awaited.tid.store(static_cast<pid_t>(raw_syscall(SYS_gettid)));
  awaited.run();
  set_progress(kDone);
  return 0;
}

}  // namespace

bool prepare_saver_thread() {
  if (dlsym == nullptr) return false;
  find(threads.create, "pthread_create");
  find(threads.attributes, "pthread_attr_init");
  find(threads.set_stack_size, "pthread_attr_setstacksize");
  find(threads.set_detached, "pthread_attr_setdetachstate");
  find(threads.create_key, "pthread_key_create");
  find(threads.set_specific, "pthread_setspecific");
  find(threads.self, "pthread_self");
  find(threads.tid_field, "_thread_db_pthread_tid");
  find(threads.clone, "clone");
  threads.is_glibc = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  if (!threads.complete()) return false;
  if (!has_key) has_key = threads.create_key(&key, run_at_exit) == 0;
  const bool can_park = threads.is_glibc != nullptr && threads.clone != nullptr;
  if (can_park && parked.process != own_pid()) park_thread();
  return true;
}

void run_on_saver_thread(void (*run)(), std::int64_t timeout_ns) {
  awaited.run = run;
  awaited.progress.store(kRuns);
  awaited.tid.store(0);
  const bool is_parked = parked.process == own_pid();
  if (!start_saver_thread(run_awaited, nullptr)) return;
  const Deadline deadline(kKernel, timeout_ns);
  while (awaited.progress.load() == kRuns) {
    const std::int64_t left = deadline.left();
    if (left == 0) return;
    const timespec timeout = {.tv_sec = 0, .tv_nsec = left < kLook ? left : kLook};
    const long result = raw_syscall(SYS_futex, to_register(&awaited.progress), FUTEX_WAIT_PRIVATE,
                                    kRuns, to_register(&timeout));
    if (result == -ETIMEDOUT && is_deadlocked(kKernel, own_pid(), awaited.tid.load(), 1)) return;
  }
  if (is_parked && awaited.progress.load() == kDone) wait_until_parked();
}

void at_saver_thread_exit(void (*run)(void* argument), void* argument) {
  at_exit = {run, argument};
  if (has_key) threads.set_specific(key, &at_exit);
}

bool start_saver_thread(int (*run)(void* argument), void* argument) {
  if (parked.process != own_pid()) {
    job = {run, argument};
    return create(run_job, nullptr) == 0;
  }
  parked.process = 0;
  const BlockedSignals blocked;
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                         CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  *parked.state = parked.alive;
  const int tid = threads.clone(run, parked.stack, kFlags, argument, parked.tid,
                                parked.thread_pointer, parked.state);
  if (tid < 0) {  // the thread is still as it was parked
    *parked.state = 0;
    parked.process = own_pid();
  }
  return tid > 0;
}

}  // namespace covenv
