// SPDX-License-Identifier: MIT
#include "shim/runtimes/ruby/ruby.h"

#include <atomic>
#include <csignal>

#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/ruby/interpreter.h"
#include "shim/runtimes/ruby/simplecov.h"
#include "shim/session/recorder.h"

namespace covenv::ruby {
namespace {

constinit Interpreter ruby = {};
constinit std::atomic<bool> is_running{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};

/// Requires the GVL.
SaveResult save_now() {
  record_saving();
  Value value = 0;
  if (!evaluate(ruby, kStoreResult, value)) return SaveResult::kFailed;
  if (value == small_integer(kStored)) return SaveResult::kDone;
  return value == small_integer(kNoFileToStoreIn) ? SaveResult::kNoFile : SaveResult::kNothing;
}

void job(void* /*argument*/) {
  if (is_running.exchange(true)) return;
  const SaveResult result = save_now();
  if (const SaveEnd end = end_of_save.load()) end(result);
  is_running.store(false);
}

/// Of Ruby before 3.3, the job goes to the thread that has run last, so it is registered each time.
void request_job() {
  if (ruby.register_job != nullptr) {
    ruby.trigger_job(ruby.register_job(0, job, nullptr));
  } else {
    ruby.register_job_once(0, job, nullptr);
  }
}

/// Ends the waits of all threads in the kernel.
void wake_threads() {
  for_each_thread(
      kKernel, own_pid(),
      [](void*, pid_t thread) {
        if (thread == raw_syscall(SYS_gettid)) return;
        raw_syscall(SYS_tgkill, own_pid(), thread, SIGVTALRM);
      },
      nullptr);
}

bool wakes_threads_by_signal() {
  ProcessStatus status;
  return read_status(kKernel, own_pid(), status) && status.catches(SIGVTALRM);
}

}  // namespace

bool measures() { return find_interpreter(ruby); }

bool measures_now() { return *ruby.machine != nullptr && !is_false(ruby.coverages()); }

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end) {
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 5000000;
  constexpr int kFirstRounds = 10;
  end_of_save.store(end);
  const bool can_wake = wakes_threads_by_signal();
  const Deadline deadline(kKernel, timeout_ns);
  for (int rounds = 0; deadline.left() != 0; ++rounds) {
    if (!is_running.load()) {
      request_job();
      if (can_wake) wake_threads();
    }
    kKernel.sleep(rounds < kFirstRounds ? kFirst : kLater);
  }
}

SaveResult save_on_leaving_thread() {
  if (ruby.is_ruby_thread() == 0 || ruby.has_lock() == 0) return SaveResult::kNone;
  if (is_running.exchange(true)) return SaveResult::kNone;
  const SaveResult result = save_now();
  is_running.store(false);
  return result;
}

}  // namespace covenv::ruby
