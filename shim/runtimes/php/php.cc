// SPDX-License-Identifier: MIT
#include "shim/runtimes/php/php.h"

#include <atomic>

#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/php/interpreter.h"
#include "shim/runtimes/php/writer.h"
#include "shim/session/recorder.h"

namespace covenv::php {
namespace {

constinit Interpreter php = {};
constinit std::atomic<bool> is_running{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};
using Interrupted = void (*)(Frame*);
constinit Interrupted at_interrupt_before = nullptr;

/// Sets a long to one of kWriter's values; leaves the long alone if that cannot be had.
void write_coverage(void* context) {
  Value writer;
  if (php.evaluate(kWriter.data(), kWriter.size(), &writer, "covenv") != 0) return;
  Value result;
  for (unsigned long i = 0; const Value* const found = php.at_index(*php.shutdown_functions, i);
       ++i) {
    auto* const registered = reinterpret_cast<ShutdownFunction*>(found->content);
    if (registered->function.type % 256 != kObject) continue;
    if (php.call(nullptr, &writer, &result, 1, &registered->function, nullptr) != 0) return;
  }
  if (php.call(nullptr, &writer, &result, 0, nullptr, nullptr) != 0) return;
  if (result.type == kInteger) *static_cast<long*>(context) = result.content;
}

SaveResult save_now() {
  constexpr long kFailed = -1;
  long result = kFailed;
  record_saving();
  if (!run_guarded(php, write_coverage, &result)) result = kFailed;
  if (result == kNothingToWrite) return SaveResult::kNothing;
  record_measured(MeasuredWith::kSaver, RuntimeKind::kPhp);
  if (result == kNoOwnFunction) return SaveResult::kNoFile;
  return result == kWritten ? SaveResult::kDone : SaveResult::kFailed;
}

void save_and_end(SaveEnd end) {
  if (is_running.exchange(true)) return;
  end(save_now());
  is_running.store(false);
}

void at_interrupt(Frame* frame) {
  if (at_interrupt_before != nullptr) at_interrupt_before(frame);
  if (const SaveEnd end = end_of_save.load()) save_and_end(end);
}

}  // namespace

bool measures() { return find_interpreter(php); }

bool measures_now() {
  return knows_version(php) && *php.shutdown_functions != nullptr &&
         (php.at_name(php.modules, "pcov", 4) != nullptr ||
          php.at_name(php.modules, "xdebug", 6) != nullptr);
}

void save_where_interrupted(const Interruption& where, SaveEnd end) {
  if (!where.is_main_thread || is_running.load()) return;
  end_of_save.store(end);
  if (where.waits_in_kernel) {
    save_and_end(end);
    return;
  }
  if (*php.at_interrupt != at_interrupt) {
    at_interrupt_before = *php.at_interrupt;
    *php.at_interrupt = at_interrupt;
  }
  reinterpret_cast<volatile bool&>(php.globals[php.interrupt]) = true;
}

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd /*end*/) {
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 2000000;
  constexpr int kFirstNudges = 20;
  const Deadline deadline(kKernel, timeout_ns);
  const Deadline half(kKernel, timeout_ns / 2);
  bool is_told = false;
  for (int nudges = 0; deadline.left() != 0; ++nudges) {
    if (!is_running.load()) nudge();
    kKernel.sleep(nudges < kFirstNudges ? kFirst : kLater);
    if (is_told || is_running.load() || half.left() != 0) continue;
    // Whether it measures is not known, so the report names what may be lost. The killer does not
    // wait for the end of this loop.
    record_measured(MeasuredWith::kSaver, RuntimeKind::kPhp);
    is_told = true;
  }
}

SaveResult save_on_leaving_thread() {
  if (raw_syscall(SYS_gettid) != own_pid() || is_running.exchange(true)) return SaveResult::kNone;
  const SaveResult result = save_now();
  is_running.store(false);
  return result;
}

}  // namespace covenv::php
