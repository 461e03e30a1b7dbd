// SPDX-License-Identifier: MIT
#include "shim/runtimes/node/workers.h"

#include <linux/errno.h>

#include <atomic>

#include "shim/core/ask_protocol.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/node/save.h"

namespace covenv::node {
namespace {

enum Stage : int {
  kNew,
  kAsked,
  kBlocks,       // the signal, at the last look: perhaps it has just begun its handler
  kNoWorker,     // has answered, and runs no JavaScript, or cannot answer
  kInterrupted,  // waits in its handler, so that its isolate lives
  kRequested,
  kSaving,
  kSaved,
};

struct Thread {
  std::atomic<pid_t> id;  // 0: a free place, and so are all behind it
  std::atomic<int> stage;
  Isolate* isolate;
};
constexpr int kMost = 64;
constinit Thread threads[kMost] = {};
constinit std::atomic<unsigned> releases{0};

/// nullptr if the thread has no place.
Thread* find_thread(pid_t id) {
  for (Thread& thread : threads) {
    const pid_t its = thread.id.load();
    if (its == id) return &thread;
    if (its == 0) break;
  }
  return nullptr;
}

Thread* add_thread(pid_t id) {
  for (Thread& thread : threads) {
    if (thread.id.load() != 0) continue;
    thread.id.store(id);
    return &thread;
  }
  return nullptr;
}

bool signal_thread(pid_t id, int signal) {
  return raw_syscall(SYS_tgkill, own_pid(), id, signal) == 0;
}

void save_worker(Isolate* isolate) {
  Thread* const self = find_thread(static_cast<pid_t>(raw_syscall(SYS_gettid)));
  if (self == nullptr || self->stage.load() == kSaved) return;
  const int before = self->stage.exchange(kSaving);
  const bool is_saved = save_isolate(isolate) != SaveResult::kNone;
  self->stage.store(is_saved ? kSaved : before);
  if (is_saved) hold_thread();
}

void on_interrupt(Isolate* isolate, void*) { save_worker(isolate); }

void ask(void*, pid_t id) {
  if (id == own_pid() || id == raw_syscall(SYS_gettid)) return;
  Thread* thread = find_thread(id);
  if (thread == nullptr) thread = add_thread(id);
  if (thread == nullptr) return;
  ProcessStatus status;
  switch (thread->stage.load()) {
    case kNew:
      thread->stage.store(kAsked);
      break;
    case kAsked:
    case kBlocks: {
      if (!read_status(kKernel, id, status) || !status.blocks(kAskSignal)) break;
      int before = kAsked;
      if (!thread->stage.compare_exchange_strong(before, kBlocks) && before == kBlocks) {
        thread->stage.compare_exchange_strong(before, kNoWorker);
      }
      return;
    }
    case kRequested:  // it may have begun to wait in the kernel
      break;
    default:
      return;
  }
  signal_thread(id, kAskSignal);
}

void request_interrupts() {
  for (Thread& thread : threads) {
    if (thread.id.load() == 0) break;
    if (thread.stage.load() != kInterrupted) continue;
    node.v8.request_interrupt(thread.isolate, on_interrupt, nullptr);
    int before = kInterrupted;
    thread.stage.compare_exchange_strong(before, kRequested);
  }
}

}  // namespace

void ask_workers() {
  for_each_thread(kKernel, own_pid(), ask, nullptr);
  request_interrupts();
}

bool are_workers_saved() {
  request_interrupts();
  for (const Thread& thread : threads) {
    const pid_t id = thread.id.load();
    if (id == 0) break;
    const int stage = thread.stage.load();
    if (stage != kSaved && stage != kNoWorker && signal_thread(id, 0)) return false;
  }
  return true;
}

void answer_as_worker(const Interruption& where) {
  constexpr std::int64_t kMostWait = 5000000;
  constexpr std::int64_t kLook = 20000;
  Thread* const self = find_thread(static_cast<pid_t>(raw_syscall(SYS_gettid)));
  if (self == nullptr) return;
  Isolate* const isolate = node.v8.current_isolate();
  if (isolate == nullptr) {
    self->stage.store(kNoWorker);
    return;
  }
  if (where.waits_in_kernel) save_worker(isolate);
  int before = self->stage.load();
  if (before == kRequested || before == kSaving || before == kSaved) return;
  self->isolate = isolate;
  self->stage.store(kInterrupted);
  // Not for long, because request_interrupt() takes locks, which this thread may hold.
  const Deadline deadline(kKernel, kMostWait);
  while (self->stage.load() == kInterrupted && deadline.left() != 0) kKernel.sleep(kLook);
  before = kInterrupted;
  self->stage.compare_exchange_strong(before, kAsked);
}

void hold_thread() {
  constexpr std::int64_t kBetween = 1000000;
  const unsigned before = releases.load();
  while (releases.load() == before) kKernel.sleep(kBetween);
}

void release_threads() {
  for (Thread& thread : threads) {
    thread.id.store(0);
    thread.stage.store(kNew);
  }
  releases.fetch_add(1);
}

}  // namespace covenv::node
