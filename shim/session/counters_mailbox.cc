// SPDX-License-Identifier: MIT
#include "shim/session/counters_mailbox.h"

#include <linux/futex.h>
#include <time.h>

#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

/// In the low bits of a word. A slot without a question is 0, ticket and all.
enum State : std::uint32_t {
  kClaimed = 1,   ///< the asker writes the question
  kAsked = 2,     ///< to be answered
  kAnswered = 3,  ///< to be read by the asker
};
constexpr std::uint32_t kStates = 4;
constexpr std::int64_t kSecond = 1000000000;

/// Not a private futex, because other processes share the word.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                const timespec* timeout) {
  raw_syscall(SYS_futex, to_register(&word), FUTEX_WAIT, static_cast<long>(value),
              to_register(timeout), 0, 0);
}

void wake(const std::atomic<std::uint32_t>& word) {
  raw_syscall(SYS_futex, to_register(&word), FUTEX_WAKE, INT32_MAX, 0, 0, 0);
}

bool change(std::atomic<std::uint32_t>& word, std::uint32_t from, std::uint32_t to) {
  return word.compare_exchange_strong(from, to, std::memory_order_acq_rel);
}

std::int64_t left_until(std::int64_t until) {
  const std::int64_t now = kKernel.now();
  return now >= 0 && until > now ? until - now : 0;
}

}  // namespace

void CountersMailbox::ring() {
  bell_.fetch_add(1, std::memory_order_acq_rel);
  wake(bell_);
}

void CountersMailbox::wait(std::uint32_t rings) const { wait_while(bell_, rings, nullptr); }

CountersMailbox::Slot* CountersMailbox::claim(std::uint32_t ticket, std::int64_t until) {
  constexpr std::int64_t kBetween = 1000000;
  while (true) {
    for (Slot& slot : slots_) {
      if (change(slot.word, 0, ticket + kClaimed)) return &slot;
    }
    if (left_until(until) == 0) return nullptr;
    ring();  // so that the server frees what dead processes have left
    kKernel.sleep(kBetween);
  }
}

std::optional<CountersFate> CountersMailbox::ask(const CountersQuestion& question,
                                                 std::int64_t until) {
  const std::uint32_t ticket = tickets_.fetch_add(kStates, std::memory_order_relaxed);
  Slot* const slot = claim(ticket, until);
  if (slot == nullptr) return std::nullopt;
  slot->question = question;
  slot->until.store(until, std::memory_order_relaxed);
  if (!change(slot->word, ticket + kClaimed, ticket + kAsked)) return std::nullopt;
  ring();
  // A question without an answer stays, and the server frees it.
  while (slot->word.load(std::memory_order_acquire) == ticket + kAsked) {
    const std::int64_t left = left_until(until);
    if (left == 0) return std::nullopt;
    const timespec timeout = {.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    wait_while(slot->word, ticket + kAsked, &timeout);
  }
  const CountersFate fate = slot->fate;
  return change(slot->word, ticket + kAnswered, 0) ? std::optional(fate) : std::nullopt;
}

void CountersMailbox::serve(const Answerer& answerer) {
  for (Slot& slot : slots_) {
    const std::uint32_t word = slot.word.load(std::memory_order_acquire);
    if (word == 0) continue;
    if (word % kStates != kAsked || left_until(slot.until.load()) == 0) {
      sweep(slot, word);
      continue;
    }
    slot.fate = answerer.answer(answerer.context, slot.question);
    if (change(slot.word, word, word + kAnswered - kAsked)) wake(slot.word);
  }
}

/// A claim is a question within microseconds.
void CountersMailbox::sweep(Slot& slot, std::uint32_t word) const {
  if (word % kStates != kClaimed) {
    if (left_until(slot.until.load()) == 0) change(slot.word, word, 0);
    return;
  }
  const std::int64_t now = kKernel.now();
  if (slot.seen != word) {
    slot.seen = word;
    slot.seen_at = now;
  } else if (now - slot.seen_at > kSecond) {
    change(slot.word, word, 0);
  }
}

}  // namespace covenv
