// SPDX-License-Identifier: MIT
#include "wrapper/supervise/request/ladder.h"

#include "shim/core/duration.h"

namespace covenv::supervise {
namespace {

std::int64_t sum(std::int64_t a, std::int64_t b) { return b > kForever - a ? kForever : a + b; }

}  // namespace

std::int64_t Ladder::grace() const {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total = sum(total, rungs[i].time);
  return total;
}

void Ladder::split(std::int64_t grace) {
  if (count == 0) return;
  const auto parts = static_cast<std::int64_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    rungs[i].time = grace == kForever ? kForever : grace / parts;
  }
  if (grace != kForever) rungs[count - 1].time += grace % parts;
}

bool Escalation::has_sent(int signal) const {
  return (sent_ >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

void Escalation::note_sent(int signal) {
  if (signal >= 1 && signal <= 64) sent_ |= std::uint64_t{1} << static_cast<unsigned>(signal - 1);
}

void Escalation::start(std::int64_t now) {
  if (runs_) return;
  runs_ = true;
  rung_end_ = sum(now, ladder_.rungs[0].time);
  const std::int64_t grace = ladder_.grace();
  rest_asked_at_ = grace == kForever ? kForever : now + grace / 2;
}

std::int64_t Escalation::next() const {
  if (!runs_ || killed_) return kForever;
  return !rest_asked_ && rest_asked_at_ < rung_end_ ? rest_asked_at_ : rung_end_;
}

int Escalation::unsent() const {
  for (std::size_t i = 0; i < ladder_.count; ++i) {
    if (!has_sent(ladder_.rungs[i].signal)) return ladder_.rungs[i].signal;
  }
  return 0;
}

Escalation::Due Escalation::take(std::int64_t now) {
  const std::int64_t due = next();
  if (due == kForever || now < due) return {};
  if (!rest_asked_ && rest_asked_at_ <= rung_end_) {
    rest_asked_ = true;
    return {.step = Step::kAskRest, .signal = ladder_.first()};
  }
  if (++rung_ >= ladder_.count) {
    killed_ = true;
    return {.step = Step::kKill};
  }
  rung_end_ = sum(rung_end_, ladder_.rungs[rung_].time);
  const int signal = unsent();
  if (signal == 0) return take(now);
  note_sent(signal);
  return {.step = Step::kNextRung, .signal = signal};
}

}  // namespace covenv::supervise
