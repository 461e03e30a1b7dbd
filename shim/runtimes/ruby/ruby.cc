// SPDX-License-Identifier: MIT
#include "shim/runtimes/ruby/ruby.h"

#include <atomic>
#include <csignal>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/ruby/interpreter.h"
#include "shim/runtimes/ruby/simplecov.h"
#include "shim/session/recorder.h"

namespace covenv::ruby {
namespace {

constinit Interpreter ruby = {};
constinit bool is_told = false;  // by RUBYOPT
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

/// The signals that wake Ruby's threads, in a process that catches them.
struct WakingSignals {
  bool ends_waits = false;  ///< SIGVTALRM
  /// SIGCHLD. From Ruby 3.3 on, a sleeping thread waits for a condition, at which Ruby's own thread
  /// wakes it for a signal that Ruby handles. The job runs before a trap of the program's.
  bool wakes_sleepers = false;
};

WakingSignals find_waking_signals() {
  ProcessStatus status;
  if (!read_status(kKernel, own_pid(), status)) return {};
  return {.ends_waits = status.catches(SIGVTALRM),
          .wakes_sleepers = ruby.register_job != nullptr && status.catches(SIGCHLD)};
}

void wake_threads(const WakingSignals& signals) {
  if (signals.wakes_sleepers) raw_syscall(SYS_tgkill, own_pid(), own_pid(), SIGCHLD);
  if (!signals.ends_waits) return;
  for_each_thread(
      kKernel, own_pid(),
      [](void*, pid_t thread) {
        if (thread == raw_syscall(SYS_gettid)) return;
        raw_syscall(SYS_tgkill, own_pid(), thread, SIGVTALRM);
      },
      nullptr);
}

}  // namespace

bool measures(const ProgramStart& start) {
  const char* const options = value_in(start.environment, "RUBYOPT");
  is_told = options != nullptr && std::string_view(options).find("cov") != std::string_view::npos;
  return find_interpreter(ruby);
}

bool is_told_to_measure() { return is_told; }

bool measures_now() { return *ruby.machine != nullptr && !is_false(ruby.coverages()); }

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end) {
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 5000000;
  constexpr int kFirstRounds = 10;
  end_of_save.store(end);
  const WakingSignals signals = find_waking_signals();
  const Deadline deadline(kKernel, timeout_ns);
  for (int rounds = 0; deadline.left() != 0; ++rounds) {
    if (!is_running.load()) {
      request_job();
      wake_threads(signals);
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
