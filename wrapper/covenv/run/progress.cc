// SPDX-License-Identifier: MIT
#include "wrapper/covenv/run/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "wrapper/common/message.h"

namespace covenv {
namespace {

constexpr std::chrono::milliseconds kInterval(100);
// xterm's sequences: push the title on a stack, and pop it.
constexpr std::string_view kKeepTitle = "\033[22;2t";
constexpr std::string_view kRestoreTitle = "\033[23;2t";

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// Of a person. A CI system's log may be a terminal, and shows the sequences as they are.
bool is_terminal() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1 && !is_set("CI") &&
         kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

Progress::Progress(Session* session, const RunLog& log, bool may_set_title)
    : session_(session),
      log_(log),
      on_terminal_(session != nullptr && may_set_title && is_terminal()) {}

void Progress::start() {
  if (session_ == nullptr) return;
  if (on_terminal_) write_all(STDERR_FILENO, kKeepTitle);
  thread_ = std::thread([this] { watch(); });
}

void Progress::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
  if (log_.takes_events()) take_events();
  if (on_terminal_) write_all(STDERR_FILENO, kRestoreTitle);
}

void Progress::watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kInterval, [this] { return stop_; })) {
    session_->make_room();
    if (!on_terminal_ && !log_.takes_events()) continue;
    const std::uint64_t before = seen_;
    take_events();
    if (on_terminal_ && seen_ != before) show();
  }
}

void Progress::take_events() {
  const std::uint64_t claimed = session_->claimed();
  for (const RecordedEvent& event : session_->events(seen_, claimed)) {
    log_.note(event);
    if (std::holds_alternative<LoadedEvent>(event.event)) ++started_;
    if (std::holds_alternative<ReapedEvent>(event.event)) ++ended_;
    const auto* const saved = std::get_if<SavedEvent>(&event.event);
    if (saved != nullptr && saved->result == SaveResult::kDone) ++saved_;
    const auto* const killed = std::get_if<KilledEvent>(&event.event);
    const bool was_asked = killed != nullptr && killed->how != EndingKind::kPassThrough;
    if (was_asked && !killed->in_time) ++timed_out_;
  }
  seen_ = claimed;
}

void Progress::show() const {
  const int running = started_ > ended_ ? started_ - ended_ : 0;
  write_all(STDERR_FILENO, "\033]2;covenv: " + std::to_string(running) + " running, " +
                               std::to_string(saved_) + " saved, " + std::to_string(timed_out_) +
                               " lost\a");
}

}  // namespace covenv
