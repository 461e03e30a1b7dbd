// SPDX-License-Identifier: MIT
// Questions of killers to `covenv run`, in the session's memory: to keep the counters of a process
// whose memory the kernel shows to that process's ancestors alone (Yama).
//
// Any process may die at any instruction, and no process waits for another without a bound. The
// state of a question and its ticket are one word, so a late step of one question meets no other.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "shim/core/counters_fate.h"

namespace covenv {

/// A process that the killer holds, and is about to kill.
struct CountersQuestion {
  pid_t pid = 0;
  int signal = 0;
  std::uint64_t start_time = 0;  ///< of the process, so that the number names no other one
};

class CountersMailbox {
 public:
  static constexpr std::size_t kQuestions = 16;

  /// Asks, and waits for the answer until CLOCK_MONOTONIC is `until`. Nothing if none came.
  std::optional<CountersFate> ask(const CountersQuestion& question, std::int64_t until);

  // For the one thread that answers:

  /// How often the bell has been rung. To be read before serve().
  std::uint32_t rings() const { return bell_.load(std::memory_order_acquire); }
  /// Returns at once if the bell has been rung since, and else when it is.
  void wait(std::uint32_t rings) const;
  void ring();

  /// Answers all questions by answer(context, question). Frees what dead processes have left.
  struct Answerer {
    void* context;
    CountersFate (*answer)(void* context, const CountersQuestion& question);
  };
  void serve(const Answerer& answerer);

 private:
  struct Slot {
    std::atomic<std::uint32_t> word;  ///< ticket and state
    CountersFate fate;
    std::atomic<std::int64_t> until;
    CountersQuestion question;
    std::uint32_t seen;  ///< the server's: the word, if it was a claim, when it was last looked at
    std::int64_t seen_at;
  };

  Slot* claim(std::uint32_t ticket, std::int64_t until);
  void sweep(Slot& slot, std::uint32_t word) const;

  std::atomic<std::uint32_t> bell_;
  std::atomic<std::uint32_t> tickets_;
  Slot slots_[kQuestions];
};

}  // namespace covenv
