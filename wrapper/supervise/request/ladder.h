// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace covenv::supervise {

// The signals that ask a process to end, each with the time (nanoseconds) that it has until the
// next one; SIGKILL comes after the last. At least one rung.
struct Ladder {
  static constexpr std::size_t kCapacity = 8;
  struct Rung {
    int signo;
    std::int64_t time;
  };

  std::array<Rung, kCapacity> rungs = {};
  std::size_t count = 0;

  [[nodiscard]] int first() const { return rungs[0].signo; }
  [[nodiscard]] std::int64_t grace() const;  // the sum of the times, at most kForever
  void split(std::int64_t grace);            // into equal times
};

// A ladder being climbed: what is due, and when. Values in, values out: the caller has the clock,
// and does the sending. Trivially copyable, as the wrapper hands it to the guard.
class Escalation {
 public:
  enum class Step {
    kNothing,
    kAskRest,   // the first signal to those that have not had it
    kNextRung,  // `signo` to everybody
    kKill,      // the grace is over
  };
  struct Due {
    Step step = Step::kNothing;
    int signo = 0;
  };

  explicit Escalation(const Ladder& ladder) : ladder_(ladder) {}

  [[nodiscard]] const Ladder& ladder() const { return ladder_; }
  [[nodiscard]] bool runs() const { return runs_; }
  [[nodiscard]] bool has_sent(int signo) const;

  // The clock starts, if it does not run. A signal that started it stands for the first rung.
  void start(std::int64_t now);
  // `signo` was sent, by whomever it was wanted: no rung will send it again.
  void note_sent(int signo);

  // When the next step is due (CLOCK_MONOTONIC); kForever: never.
  [[nodiscard]] std::int64_t next() const;
  // The step that is due by now, each once; call it again until it is kNothing.
  Due take(std::int64_t now);

 private:
  [[nodiscard]] int unsent() const;

  Ladder ladder_;
  std::uint64_t sent_ = 0;
  std::size_t rung_ = 0;       // whose time runs
  std::int64_t rung_end_ = 0;  // of that one
  std::int64_t rest_asked_at_ = 0;
  bool runs_ = false;
  bool rest_asked_ = false;
  bool killed_ = false;
};

}  // namespace covenv::supervise
