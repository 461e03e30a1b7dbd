// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/node.h"

#include <atomic>
#include <csignal>
#include <string_view>

#include "shim/core/ask_protocol.h"
#include "shim/core/entry.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/node/save.h"
#include "shim/runtimes/node/workers.h"
#include "shim/session/recorder.h"

namespace covenv::node {
namespace {

enum Stage : int { kWaiting, kSaving, kSaved };

constinit std::atomic<Isolate*> main_isolate{nullptr};
constinit std::atomic<int> stage{kWaiting};
constinit std::atomic<SaveResult> main_result{SaveResult::kNone};
constinit std::atomic<bool> is_asked{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};

bool is_given(const ProgramStart& start, const char* name) {
  const char* const value = value_in(start.environment, name);
  return value != nullptr && *value != '\0';
}

/// V8 would end a process that runs out of memory by an abort.
void on_v8_error(const char*, const char*) {
  if (const SaveEnd end = end_of_save.load()) end(SaveResult::kFailed);
}

/// kNone if the main thread cannot save now, or saves already.
SaveResult save_main(Isolate* isolate) {
  int before = kWaiting;
  if (!stage.compare_exchange_strong(before, kSaving)) return SaveResult::kNone;
  record_saving();
  const SaveResult result = save_isolate(isolate);
  stage.store(kWaiting);
  return result;
}

/// The saver's thread ends the process, as soon as the workers have saved, too.
void save_when_asked(Isolate* isolate) {
  prepare_last_save(isolate, on_v8_error);
  const SaveResult result = save_main(isolate);
  if (result == SaveResult::kNone) return;
  main_result.store(result);
  stage.store(kSaved);
  hold_thread();
}

void on_interrupt(Isolate* isolate, void*) {
  if (is_asked.load()) save_when_asked(isolate);
}

/// Whether the calling thread runs a handler that blocks all signals, as Node's own for SIGTERM and
/// SIGINT does. What that has interrupted is not known.
bool is_in_handler() {
  std::uint64_t blocked = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, to_register(&blocked), sizeof(blocked));
  return (blocked >> static_cast<unsigned>(kAskSignal - 1) & 1U) != 0;
}

/// Asks all threads until these have saved, or the time is over. The workers have half of the time
/// that the main thread leaves, because what it has saved is kept. Returns whether all have saved.
bool ask_threads(const Deadline& deadline) {
  // V8 sees its interrupt at a loop or a call of JavaScript. A thread that has begun to wait in the
  // kernel meanwhile sees none, and is nudged out of the wait.
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 2000000;
  constexpr int kFirstNudges = 20;
  constexpr int kNudgesForAnInterrupt = 10;
  std::int64_t enough = 0;
  for (int nudges = 0; deadline.left() > enough; ++nudges) {
    const bool is_turn = nudges % kNudgesForAnInterrupt == 0;
    if (stage.load() == kWaiting) nudge();
    if (is_turn) ask_workers();
    kKernel.sleep(nudges < kFirstNudges ? kFirst : kLater);
    const bool are_saved = are_workers_saved();
    if (stage.load() == kSaved) {
      if (are_saved) return true;
      if (enough == 0) enough = deadline.left() / 2;
    }
    Isolate* const isolate = main_isolate.load();
    if (is_turn && isolate != nullptr && stage.load() == kWaiting) {
      node.v8.request_interrupt(isolate, on_interrupt, nullptr);
    }
  }
  return false;
}

}  // namespace

bool measures(const ProgramStart& start) {
  if (is_given(start, "NODE_V8_COVERAGE")) {
    node.v8_folder = value_in(start.environment, "NODE_V8_COVERAGE");
  }
  node.is_nyc = is_given(start, "NYC_CONFIG");
  if (node.v8_folder == nullptr && !node.is_nyc) return false;
  if (find_v8(node.v8)) return true;
  if (start.name == "node" || start.name == "nodejs") {
    record_measured(MeasuredWith::kNothing, RuntimeKind::kNode);
  }
  return false;
}

void save_where_interrupted(const Interruption& where, SaveEnd end) {
  if (!where.is_main_thread) {
    answer_as_worker(where);
    return;
  }
  Isolate* const isolate = node.v8.current_isolate();
  main_isolate.store(isolate);
  end_of_save.store(end);
  is_asked.store(true);
  // No line of the program has run yet, or Node has saved already at its normal end.
  if (isolate == nullptr) {
    end(SaveResult::kDone);
  } else if (where.waits_in_kernel) {
    save_when_asked(isolate);
  }
}

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end) {
  const bool are_all_saved = ask_threads(Deadline(kKernel, timeout_ns));
  SaveResult result = are_all_saved ? main_result.load() : SaveResult::kNone;
  if (are_all_saved && remove_broken_files()) result = SaveResult::kFailed;
  end(result);
  is_asked.store(false);
  go_on();
}

SaveResult save_on_leaving_thread(std::int64_t timeout_ns) {
  Isolate* const isolate = node.v8.current_isolate();
  const bool is_main_thread = raw_syscall(SYS_gettid) == own_pid();
  if (isolate == nullptr || !is_main_thread || is_in_handler()) return SaveResult::kNone;
  const SaveResult result = save_main(isolate);
  if (result == SaveResult::kNone) return result;
  stage.store(kSaved);
  const bool are_all_saved = ask_threads(Deadline(kKernel, timeout_ns));
  return remove_broken_files() || !are_all_saved ? SaveResult::kFailed : result;
}

void go_on() {
  stage.store(kWaiting);
  release_threads();
}

bool is_own_kill(const void* return_address) {
  constexpr std::uintptr_t kMostSize = 128;
  const auto first = reinterpret_cast<std::uintptr_t>(node.v8.kill);
  const auto at = reinterpret_cast<std::uintptr_t>(return_address);
  return first != 0 && at > first && at <= first + kMostSize;
}

SaveResult save_before_abort(std::int64_t timeout_ns, SaveEnd on_fatal_error) {
  Isolate* const isolate = node.v8.current_isolate();
  if (isolate == nullptr) return SaveResult::kNone;
  const MutedStderr muted;
  end_of_save.store(on_fatal_error);
  survive_errors(isolate, on_v8_error);
  return save_on_leaving_thread(timeout_ns);
}

}  // namespace covenv::node
