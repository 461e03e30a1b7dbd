// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/node.h"

#include <atomic>
#include <csignal>

#include "shim/core/ask_protocol.h"
#include "shim/core/entry.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/node/v8.h"
#include "shim/session/recorder.h"

namespace covenv::node {
namespace {

// Node before 22.3 has no process.getBuiltinModule(), and an ES module has no require().
constexpr const char* kSave =
    "(process.getBuiltinModule?process.getBuiltinModule('v8')"
    ":process.mainModule.require('v8')).takeCoverage()";

constinit V8 v8 = {};
constinit std::atomic<Isolate*> main_isolate{nullptr};
constinit std::atomic<bool> is_running{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};

/// Requires the main thread, outside of V8 or in an interrupt. kNone: no JavaScript can run now.
SaveResult save_now(Isolate* isolate) {
  if (!v8.is_in_context(isolate) || is_running.exchange(true)) return SaveResult::kNone;
  record_saving();
  const bool is_saved = run_script(v8, isolate, kSave);
  is_running.store(false);
  return is_saved ? SaveResult::kDone : SaveResult::kFailed;
}

void save_and_end(Isolate* isolate, SaveEnd end) {
  const SaveResult result = save_now(isolate);
  if (result != SaveResult::kNone) end(result);
}

/// Whether the calling thread runs a handler that blocks all signals, as Node's own for SIGTERM and
/// SIGINT does. What that has interrupted is not known.
bool is_in_handler() {
  std::uint64_t blocked = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, to_register(&blocked), sizeof(blocked));
  return (blocked >> static_cast<unsigned>(kAskSignal - 1) & 1U) != 0;
}

void on_interrupt(Isolate* isolate, void*) {
  if (const SaveEnd end = end_of_save.load()) save_and_end(isolate, end);
}

}  // namespace

bool measures(const ProgramStart& start) {
  const char* const folder = value_in(start.environment, "NODE_V8_COVERAGE");
  return folder != nullptr && *folder != '\0' && find_v8(v8);
}

void save_where_interrupted(const Interruption& where, SaveEnd end) {
  if (!where.is_main_thread) return;
  Isolate* const isolate = v8.current_isolate();
  if (isolate == nullptr) return;
  main_isolate.store(isolate);
  if (where.waits_in_kernel) save_and_end(isolate, end);
}

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end) {
  // V8 sees its interrupt at a loop or a call of JavaScript. A thread that has begun to wait in the
  // kernel meanwhile sees none, and is nudged out of the wait.
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 2000000;
  constexpr int kFirstNudges = 20;
  constexpr int kNudgesForAnInterrupt = 10;
  end_of_save.store(end);
  const Deadline deadline(kKernel, timeout_ns);
  for (int nudges = 0; deadline.left() != 0; ++nudges) {
    if (!is_running.load()) nudge();
    kKernel.sleep(nudges < kFirstNudges ? kFirst : kLater);
    Isolate* const isolate = main_isolate.load();
    if (isolate != nullptr && !is_running.load() && nudges % kNudgesForAnInterrupt == 0) {
      v8.request_interrupt(isolate, on_interrupt, nullptr);
    }
  }
}

SaveResult save_on_leaving_thread() {
  Isolate* const isolate = v8.current_isolate();
  if (isolate == nullptr || is_in_handler()) return SaveResult::kNone;
  return save_now(isolate);
}

}  // namespace covenv::node
