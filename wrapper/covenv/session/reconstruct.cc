// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/reconstruct.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "shim/core/ending.h"
#include "shim/core/executable.h"
#include "wrapper/covenv/session/loss.h"

namespace covenv {
namespace {

using report::End;
using report::Process;

const char* name_of(Image image) {
  switch (image) {
    case Image::kDynamic:
      return "dynamic";
    case Image::kStatic:
      return "static";
    case Image::kScript:
      return "script";
    case Image::kForeign:
      return "other-architecture";
    case Image::kUnknown:
    case Image::kUnreadable:
    case Image::kWantsFirst:
      break;
  }
  return kUnknownImage;
}

const char* name_of(SaveReason why) {
  switch (why) {
    case SaveReason::kAsked:
      return "kill";
    case SaveReason::kLeaving:
      return "exit";
    case SaveReason::kItself:
      return "itself";
    case SaveReason::kExec:
      break;
  }
  return kReplaced;
}

const char* name_of(EndingKind method) {
  switch (method) {
    case EndingKind::kSaveThenDie:
    case EndingKind::kSaveHere:
      return kAsked;
    case EndingKind::kTerminateThenKill:
      return kTerminated;
    case EndingKind::kPassThrough:
      break;
  }
  return kPass;
}

/// Variables of covenv's own travel with all others, and are not counted as restored.
bool is_own(std::string_view name) { return name.starts_with("COVENV_") || name == "LD_PRELOAD"; }

struct Result {
  std::deque<Process> processes;
  std::deque<Circumstances> circumstances;  ///< of each
};

/// Takes the events, which name processes by pids; several processes may have the same pid, one
/// after the other.
class Reconstruction {
 public:
  explicit Reconstruction(int wrapper) : wrapper_(wrapper) {}
  void take(const RecordedEvent& event);
  Result result() { return {std::move(processes_), std::move(circumstances_)}; }

 private:
  Process& alive(int pid, std::int64_t when);
  Process& victim(int pid, std::int64_t when);
  Process* ended_child(int pid, int parent);
  bool descends(const Process& process, std::int64_t ancestor) const;
  Process& started(int pid, int parent, std::int64_t when);
  Circumstances& circumstances_of(const Process& process) {
    return circumstances_[static_cast<std::size_t>(process.id - 1)];
  }
  void take_program(Process& process, const RecordedEvent& event);
  void loaded(const RecordedEvent& event);
  void armed(const RecordedEvent& event);
  void saved(const RecordedEvent& event);
  void killed(const RecordedEvent& event);
  void reaped(const RecordedEvent& event);
  void wrapped(const RecordedEvent& event);
  void unmeasured(const RecordedEvent& event);
  void kept(const RecordedEvent& event);

  const int wrapper_;
  std::deque<Process> processes_;
  std::deque<Circumstances> circumstances_;
  std::unordered_map<int, std::size_t> current_;
  std::unordered_map<int, std::size_t> journalled_;  ///< by pid, the last one: it may have ended
  std::unordered_map<int, std::size_t> ended_;       ///< by pid, the last one
};

Process& Reconstruction::alive(int pid, std::int64_t when) {
  const auto [found, is_new] = current_.try_emplace(pid, processes_.size());
  if (is_new) {
    Process process;
    process.id = static_cast<std::int64_t>(processes_.size()) + 1;
    process.pid = pid;
    process.start_ns = when;
    processes_.push_back(std::move(process));
    circumstances_.emplace_back();
  }
  return processes_[found->second];
}

/// The process of this pid at that time. A kill is recorded when it is done: the victim may have
/// been waited for since, and its pid used again.
Process& Reconstruction::victim(int pid, std::int64_t when) {
  const auto now = current_.find(pid);
  const auto before = ended_.find(pid);
  if (before == ended_.end()) return alive(pid, when);
  const bool is_there = now != current_.end();
  if (is_there && processes_[now->second].start_ns <= when) return processes_[now->second];
  Process& last = processes_[before->second];
  return is_there && last.end_ns < when ? processes_[now->second] : last;
}

/// A child of `parent` whose end was recorded before its start; null if there is none.
Process* Reconstruction::ended_child(int pid, int parent) {
  const auto starter = current_.find(parent);
  const auto ended = ended_.find(pid);
  if (starter == current_.end() || ended == ended_.end() || current_.contains(pid)) return nullptr;
  Process& process = processes_[ended->second];
  const bool is_its_child = process.parent == processes_[starter->second].id;
  return is_its_child && !process.program ? &process : nullptr;
}

/// True for the ancestor itself, too.
bool Reconstruction::descends(const Process& process, std::int64_t ancestor) const {
  const Process* at = &process;
  while (at->id != ancestor && at->parent)
    at = &processes_[static_cast<std::size_t>(*at->parent - 1)];
  return at->id == ancestor;
}

Process& Reconstruction::started(int pid, int parent, std::int64_t when) {
  // A parent without an event is no part of the session: the init that has adopted an orphan, say.
  const bool has_parent = parent != wrapper_ && current_.contains(parent);
  Process& process = alive(pid, when);
  if (process.parent || !has_parent) return process;
  // The end of an earlier process with this pid may have no event.
  const Process& starter = processes_[current_[parent]];
  if (!descends(starter, process.id)) process.parent = starter.id;
  return process;
}

void Reconstruction::take_program(Process& process, const RecordedEvent& event) {
  process.image = name_of(static_cast<Image>(event.detail));
  process.preloaded = (event.flags & kPreloaded) != 0;
  Circumstances& circumstances = circumstances_of(process);
  const bool is_exec = event.kind == Event::kExec;
  // A spawn may be recorded after the program that it started has loaded the library.
  circumstances.awaits_load = process.preloaded && (is_exec || process.argv.empty());
  circumstances.is_other_user = (event.flags & kOtherUser) != 0;
  circumstances.wants_native = (event.flags & kNative) != 0;
  if (is_exec) {
    circumstances.unmeasured.clear();
    process.note.clear();
  }
  if (is_exec && circumstances.is_armed) {
    const bool is_saved = !process.saves.empty() && process.saves.back().ok;
    circumstances.was_replaced = !is_saved && !circumstances.is_settled;
    circumstances.is_armed = false;
    circumstances.is_settled = false;
  }
  if (event.text.empty()) return;
  process.program = event.text.front();
  process.restored.clear();
  for (std::size_t i = 1; i < event.text.size(); ++i) {
    if (!is_own(event.text[i])) process.restored.push_back(event.text[i]);
  }
}

void Reconstruction::loaded(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  process.preloaded = true;
  Circumstances& circumstances = circumstances_of(process);
  circumstances.awaits_load = false;
  circumstances.wants_python = (event.flags & kWanted) != 0;
  if (process.image == kUnknownImage) process.image = name_of(Image::kDynamic);
}

void Reconstruction::armed(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.measured = true;
  circumstances_of(process).unmeasured.clear();
  circumstances_of(process).is_without_source = false;
  if ((event.flags & kJournalled) != 0) {
    circumstances_of(process).has_journal = true;
    journalled_[event.pid] = static_cast<std::size_t>(process.id - 1);
  } else {
    Circumstances& circumstances = circumstances_of(process);
    circumstances.is_armed = true;
    circumstances.is_settled = false;
    circumstances.is_journal_off = (event.flags & kJournalOff) != 0;
  }
  if (!process.argv.empty()) return;
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  if (!process.parent) return;
  // A forked child runs its parent's program.
  process.program = processes_[static_cast<std::size_t>(*process.parent - 1)].program;
}

/// One Coverage of several in a process is enough that has measured something.
void note_source(Circumstances& circumstances, const RecordedEvent& event) {
  if ((event.flags & kNoSource) != 0) {
    circumstances.is_without_source = true;
  } else {
    circumstances.has_source = true;
  }
}

void Reconstruction::saved(const RecordedEvent& event) {
  Process& process = alive(event.pid, event.when);
  const auto reason = static_cast<SaveReason>(event.detail);
  Circumstances& circumstances = circumstances_of(process);
  if (event.value > 0) {
    circumstances.dies_of = event.value;
    circumstances.dies_at = event.when;
  }
  if (reason == SaveReason::kItself) {
    note_source(circumstances, event);
    circumstances.has_failed_itself = (event.flags & kFailed) != 0;
    circumstances.is_settled = !circumstances.has_failed_itself;
    return;
  }
  process.saves.push_back(
      {.why = name_of(reason), .took_ns = event.took, .ok = (event.flags & kDone) != 0});
  circumstances.is_saving = false;
  circumstances.has_failed = (event.flags & kFailed) != 0;
  circumstances.has_no_thread = (event.flags & kNoThread) != 0;
}

void Reconstruction::reaped(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.end = end_of(event.value);
  process.end_ns = std::max(event.when, process.start_ns);
  ended_[event.pid] = static_cast<std::size_t>(process.id - 1);
  current_.erase(event.pid);
}

/// A journal becomes data after the end of its process, whose pid may be used again by then.
void Reconstruction::kept(const RecordedEvent& event) {
  if (event.value == kErasedData) {
    const auto now = current_.find(event.pid);
    const auto ended = ended_.find(event.pid);
    if (now != current_.end()) circumstances_[now->second].has_lost_data = true;
    if (now == current_.end() && ended != ended_.end()) {
      circumstances_[ended->second].has_lost_data = true;
    }
    return;
  }
  const auto found = journalled_.find(event.pid);
  if (found == journalled_.end()) return;
  Process& process = processes_[found->second];
  Circumstances& circumstances = circumstances_of(process);
  if (!event.text.empty()) {
    circumstances.journal_problem = event.text.front();
    return;
  }
  if (event.value == kErased) {
    circumstances.is_settled = true;
    return;
  }
  note_source(circumstances, event);
  circumstances.dropped = event.value;
  process.saves.push_back({.why = report::kJournal, .ok = event.value == 0});
}

void Reconstruction::unmeasured(const RecordedEvent& event) {
  Process& process = alive(event.pid, event.when);
  if ((event.flags & kNoSource) != 0) {
    circumstances_of(process).is_without_source = true;
  } else if ((event.flags & kGoesOn) != 0) {
    process.note.clear();
  } else if ((event.flags & (kOptedOut | kStopped)) != 0) {
    process.note = (event.flags & kStopped) != 0 ? report::kStopped : report::kOptedOut;
  } else {
    circumstances_of(process).unmeasured = event.text;
  }
}

void Reconstruction::wrapped(const RecordedEvent& event) {
  Process& process = started(event.pid, event.value, event.when);
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  process.image = name_of(Image::kStatic);
  circumstances_of(process).is_wrapper = true;
  started(event.other, event.pid, event.when);
}

void Reconstruction::killed(const RecordedEvent& event) {
  // A torn record may claim that the kill began before the session.
  Process& process = victim(event.pid, std::max<std::int64_t>(event.when - event.took, 0));
  // A second SIGKILL for a process that is ending already passes through, and is not recorded here.
  if (process.kill && process.kill->method != kPass) return;
  // A handler that sends the signal on to its own process has got it from the first sender.
  if (process.kill && process.kill->signal == event.value && event.other == event.pid) return;
  const auto by = current_.find(event.other);
  const std::string method = name_of(static_cast<EndingKind>(event.detail));
  const bool has_ended = (event.flags & kDone) != 0 || method == kPass;
  process.kill = {
      .signal = std::max(event.value, 0),
      .by = by == current_.end() ? std::nullopt : std::optional(processes_[by->second].id),
      .method = method,
      .took_ns = event.took,
      .outcome = has_ended ? kEnded : kTimedOut};
  if (has_ended) return;
  Circumstances& circumstances = circumstances_of(process);
  circumstances.dies_of = SIGKILL;
  circumstances.dies_at = event.when;
}

void Reconstruction::take(const RecordedEvent& event) {
  switch (event.kind) {
    case Event::kNone:
      break;
    case Event::kWrapped:
      wrapped(event);
      break;
    case Event::kLoaded:
      loaded(event);
      break;
    case Event::kExec:
      take_program(alive(event.pid, event.when), event);
      break;
    case Event::kSpawned: {
      Process* const ended = ended_child(event.pid, event.other);
      take_program(ended != nullptr ? *ended : started(event.pid, event.other, event.when), event);
      break;
    }
    case Event::kArmed:
      armed(event);
      break;
    case Event::kSaving:
      circumstances_of(alive(event.pid, event.when)).is_saving = true;
      break;
    case Event::kSaved:
      saved(event);
      break;
    case Event::kEnded:
      killed(event);
      break;
    case Event::kReaped:
      reaped(event);
      break;
    case Event::kKept:
      kept(event);
      break;
    case Event::kUnmeasured:
      unmeasured(event);
      break;
  }
}

}  // namespace

End end_of(int status) {
  if (WIFSIGNALED(status)) return {.how = End::How::kSignal, .number = WTERMSIG(status)};
  return {.how = End::How::kExit, .number = WEXITSTATUS(status)};
}

std::deque<Process> processes_of_session(const std::vector<RecordedEvent>& events,
                                         const Wrapper& wrapper) {
  Reconstruction reconstruction(wrapper.pid);
  for (const RecordedEvent& event : events) reconstruction.take(event);
  if (wrapper.status) {
    reconstruction.take({.kind = Event::kReaped,
                         .pid = wrapper.command,
                         .other = wrapper.pid,
                         .value = *wrapper.status,
                         .when = wrapper.ended,
                         .text = {}});
  }
  auto [processes, circumstances] = reconstruction.result();
  const bool measures = std::any_of(processes.begin(), processes.end(),
                                    [](const Process& process) { return process.measured; });
  for (std::size_t i = 0; i < processes.size(); ++i) {
    Process& process = processes[i];
    Circumstances& its = circumstances[i];
    // No event tells its end, because its parent had no libcovenv.so.
    if (!process.end && its.dies_of != 0) {
      process.end = {.how = End::How::kSignal, .number = its.dies_of};
      process.end_ns = std::max(its.dies_at, process.start_ns);
    }
    const bool is_gone = wrapper.running && !wrapper.running->contains(process.pid);
    if (!process.end && is_gone) process.end = {.how = End::How::kUnknown};
    if (process.kill && process.kill->method == kPass && was_killed(process) &&
        process.end->number != process.kill->signal) {
      process.kill.reset();  // something else has ended it
    }
    if (process.note.empty() && its.is_without_source && !its.has_source) {
      process.note = report::kNoSource;
    }
    if (its.is_wrapper) continue;
    its.is_wrapped =
        process.parent && circumstances[static_cast<std::size_t>(*process.parent - 1)].is_wrapper;
    its.is_asked = wrapper.asks;
    process.loss = loss_of(process, its, measures);
  }
  return processes;
}

}  // namespace covenv
