// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace covenv::supervise {

/// The signals that ask a process to end, each with the time (nanoseconds) until the next one;
/// SIGKILL comes after the last. At least one rung.
struct Ladder {
  static constexpr std::size_t kCapacity = 8;
  struct Rung {
    int signal;
    std::int64_t time;
  };

  std::array<Rung, kCapacity> rungs = {};
  std::size_t count = 0;

  int first() const { return rungs[0].signal; }
  std::int64_t grace() const;      ///< the sum of the times, at most kForever
  void split(std::int64_t grace);  ///< into equal times
};

/// A ladder that is being climbed: which step is due, and when. Values in, values out: the caller
/// has the clock, and sends the signals. Trivially copyable, because the wrapper hands it to the
/// guard.
class Escalation {
 public:
  enum class Step {
    kNothing,
    kAskRest,   ///< the first signal to the processes that have not got it
    kNextRung,  ///< `signal` to all processes
    kKill,      ///< the grace is over
  };
  struct Due {
    Step step = Step::kNothing;
    int signal = 0;
  };

  explicit Escalation(const Ladder& ladder) : ladder_(ladder) {}

  const Ladder& ladder() const { return ladder_; }
  bool runs() const { return runs_; }
  bool has_sent(int signal) const;

  /// Starts the clock, if it does not run. The signal that started it stands for the first rung.
  void start(std::int64_t now);
  /// `signal` was sent, for whatever reason: no rung will send it again.
  void note_sent(int signal);

  /// When the next step is due (CLOCK_MONOTONIC); kForever: never.
  std::int64_t next() const;
  /// The step that is due by now, each once. To be called again until it is kNothing.
  Due take(std::int64_t now);

 private:
  int unsent() const;

  Ladder ladder_;
  std::uint64_t sent_ = 0;
  std::size_t rung_ = 0;       ///< the rung whose time runs
  std::int64_t rung_end_ = 0;  ///< when its time ends
  std::int64_t rest_asked_at_ = 0;
  bool runs_ = false;
  bool rest_asked_ = false;
  bool killed_ = false;
};

}  // namespace covenv::supervise
