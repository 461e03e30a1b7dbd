// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/reconstruct.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "shim/core/ending.h"
#include "shim/core/executable.h"
#include "wrapper/covenv/session/loss.h"
#include "wrapper/covenv/session/test_names.h"

namespace covenv {
namespace {

using report::End;
using report::KillMethod;
using report::KillOutcome;
using report::Note;
using report::Process;
using report::SaveWhy;

report::Image image_of(Image image) {
  switch (image) {
    case Image::kDynamic:
      return report::Image::kDynamic;
    case Image::kStatic:
      return report::Image::kStatic;
    case Image::kScript:
      return report::Image::kScript;
    case Image::kForeign:
      return report::Image::kOtherArchitecture;
    case Image::kUnknown:
    case Image::kUnreadable:
    case Image::kWantsFirst:
      break;
  }
  return report::Image::kUnknown;
}

SaveWhy why_of(SaveReason reason) {
  switch (reason) {
    case SaveReason::kAsked:
      return SaveWhy::kKill;
    case SaveReason::kLeaving:
      return SaveWhy::kExit;
    case SaveReason::kItself:
    case SaveReason::kExec:
      break;
  }
  return SaveWhy::kExec;
}

KillMethod method_of(EndingKind how) {
  switch (how) {
    case EndingKind::kSaveThenDie:
    case EndingKind::kSaveHere:
      return KillMethod::kSave;
    case EndingKind::kTerminateThenKill:
      return KillMethod::kTerminate;
    case EndingKind::kPassThrough:
      break;
  }
  return KillMethod::kPass;
}

/// Variables of covenv's own travel with all others, and are not counted as restored.
bool is_own(std::string_view name) { return name.starts_with("COVENV_") || name == "LD_PRELOAD"; }

/// Whether a program got nothing but the configuration that covenv offers, and lacked nothing. A
/// program below `covenv run` whose environment was taken away lacks COVENV_SESSION as well.
bool is_offer_alone(std::span<const std::string> names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return name == "COVERAGE_PROCESS_CONFIG" || (is_own(name) && name != "COVENV_SESSION");
  });
}

struct Result {
  std::deque<Process> processes;
  std::deque<Circumstances> circumstances;  ///< of each
  TestNames tests;
};

/// Takes the events, which name processes by pids; several processes may have the same pid, one
/// after the other.
class Reconstruction {
 public:
  explicit Reconstruction(int wrapper) : wrapper_(wrapper) {}
  void take(const RecordedEvent& record) {
    std::visit([&](const auto& event) { take(event, record); }, record.event);
  }
  Result result() { return {std::move(processes_), std::move(circumstances_), std::move(tests_)}; }

 private:
  Process& alive(int pid, std::int64_t when);
  Process& victim(int pid, std::int64_t when);
  Process* ended_child(int pid, int parent);
  bool descends(const Process& process, std::int64_t ancestor) const;
  Process& started(int pid, int parent, std::int64_t when);
  Circumstances& circumstances_of(const Process& process) {
    return circumstances_[static_cast<std::size_t>(process.id - 1)];
  }
  void take_program(Process& process, const ExecEvent& event, const RecordedEvent& record,
                    bool is_exec);
  static void take_command_line(Process& process, const RecordedEvent& record);
  void take(const LoadedEvent& event, const RecordedEvent& record);
  void take(const ExecEvent& event, const RecordedEvent& record);
  void take(const SpawnedEvent& event, const RecordedEvent& record);
  void take(const MeasuredEvent& event, const RecordedEvent& record);
  void take(const SavingEvent& event, const RecordedEvent& record);
  void take(const SavedEvent& event, const RecordedEvent& record);
  void take(const KilledEvent& event, const RecordedEvent& record);
  void take(const ReapedEvent& event, const RecordedEvent& record);
  void take(const WrappedEvent& event, const RecordedEvent& record);
  void take(const KeptEvent& event, const RecordedEvent& record);
  void take(const UnmeasuredEvent& event, const RecordedEvent& record);
  void take(const CountersEvent& event, const RecordedEvent& record);
  void take(const TestEvent& event, const RecordedEvent& record) { tests_.take(event, record); }
  void take(const WorkerEvent& event, const RecordedEvent& record);
  void take(const BroughtEvent& event, const RecordedEvent& record);
  void take(const GainedEvent& /*event*/, const RecordedEvent& /*record*/) {}

  const int wrapper_;
  std::deque<Process> processes_;
  std::deque<Circumstances> circumstances_;
  TestNames tests_;
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

void Reconstruction::take_program(Process& process, const ExecEvent& event,
                                  const RecordedEvent& record, bool is_exec) {
  process.image = image_of(event.image);
  process.preloaded = event.is_preloaded;
  Circumstances& circumstances = circumstances_of(process);
  // A spawn may be recorded after the program that it started has loaded the library.
  circumstances.awaits_load = process.preloaded && (is_exec || process.argv.empty());
  if (circumstances.test == 0) circumstances.test = event.test;
  circumstances.is_other_user = event.is_other_user;
  circumstances.wants_native = event.wants_native;
  if (is_exec) {
    circumstances.has_no_saver = false;
    circumstances.is_unarmed = false;
    circumstances.unmeasured.clear();
    circumstances.counters = CountersFate::kNone;
    process.note = Note::kNone;
  }
  if (is_exec && circumstances.is_armed) {
    const bool is_saved = !process.saves.empty() && process.saves.back().ok;
    circumstances.was_replaced = !is_saved && !circumstances.is_settled;
    circumstances.is_armed = false;
    circumstances.is_settled = false;
  }
  if (record.text.empty()) return;
  process.program = record.text.front();
  process.restored.clear();
  const std::span<const std::string> names = std::span(record.text).subspan(1);
  if (is_offer_alone(names)) return;
  std::copy_if(names.begin(), names.end(), std::back_inserter(process.restored),
               [](const std::string& name) { return !is_own(name); });
}

void Reconstruction::take_command_line(Process& process, const RecordedEvent& record) {
  process.argv = record.text;
  process.argv_cut = record.is_text_cut;
}

void Reconstruction::take(const ExecEvent& event, const RecordedEvent& record) {
  take_program(alive(record.pid, record.when), event, record, true);
}

void Reconstruction::take(const SpawnedEvent& event, const RecordedEvent& record) {
  Process* const ended = ended_child(record.pid, event.parent);
  Process& process = ended != nullptr ? *ended : started(record.pid, event.parent, record.when);
  take_program(process, event.program, record, false);
}

void Reconstruction::take(const LoadedEvent& event, const RecordedEvent& record) {
  Process& process = started(record.pid, event.parent, record.when);
  take_command_line(process, record);
  process.preloaded = true;
  Circumstances& circumstances = circumstances_of(process);
  circumstances.awaits_load = false;
  circumstances.wants_python = event.wants_python;
  if (process.image == report::Image::kUnknown) process.image = report::Image::kDynamic;
}

report::Start start_of(StartedAs as) {
  switch (as) {
    case StartedAs::kByItself:
      break;
    case StartedAs::kLight:
      return report::Start::kLight;
    case StartedAs::kWholeSettings:
      return report::Start::kWholeSettings;
    case StartedAs::kWholeUser:
      return report::Start::kWholeUser;
    case StartedAs::kWholeChoice:
      return report::Start::kWholeChoice;
    case StartedAs::kWholeCoverage:
      return report::Start::kWholeCoverage;
    case StartedAs::kWholeInterpreter:
      return report::Start::kWholeInterpreter;
    case StartedAs::kWholeProgram:
      return report::Start::kWholeProgram;
  }
  return report::Start::kByItself;
}

void Reconstruction::take(const MeasuredEvent& event, const RecordedEvent& record) {
  Process& process = started(record.pid, event.parent, record.when);
  process.measured = true;
  process.start = start_of(event.as);
  Circumstances& circumstances = circumstances_of(process);
  circumstances.unmeasured.clear();
  circumstances.is_without_source = false;
  circumstances.has_no_saver = event.with == MeasuredWith::kNothing;
  circumstances.is_unarmed = event.with == MeasuredWith::kUnarmed;
  if (event.with == MeasuredWith::kJournal) {
    circumstances.has_journal = true;
    journalled_[record.pid] = static_cast<std::size_t>(process.id - 1);
  } else if (circumstances.has_no_saver || circumstances.is_unarmed) {
    circumstances.runtime = event.runtime;
  } else {
    circumstances.is_armed = true;
    circumstances.runtime = event.runtime;
    circumstances.is_settled = false;
    circumstances.is_journal_off = event.with == MeasuredWith::kSaverByChoice;
  }
  if (!process.argv.empty()) return;
  if (circumstances.test == 0) circumstances.test = event.test;
  take_command_line(process, record);
  if (!process.parent) return;
  // A forked child runs its parent's program.
  process.program = processes_[static_cast<std::size_t>(*process.parent - 1)].program;
}

void Reconstruction::take(const SavingEvent& /*event*/, const RecordedEvent& record) {
  circumstances_of(alive(record.pid, record.when)).is_saving = true;
}

/// One Coverage of several in a process is enough that has measured something.
void note_source(Circumstances& circumstances, bool is_without_source) {
  (is_without_source ? circumstances.is_without_source : circumstances.has_source) = true;
}

void Reconstruction::take(const SavedEvent& event, const RecordedEvent& record) {
  Process& process = alive(record.pid, record.when);
  Circumstances& circumstances = circumstances_of(process);
  if (event.signal > 0) {
    circumstances.dies_of = event.signal;
    circumstances.dies_at = record.when;
  }
  const bool has_failed = event.result == SaveResult::kFailed;
  if (event.reason == SaveReason::kItself) {
    note_source(circumstances, event.is_without_source);
    circumstances.has_failed_itself = has_failed;
    circumstances.is_settled = !has_failed;
    return;
  }
  if (event.result == SaveResult::kNothing) {
    circumstances.is_settled = true;
    circumstances.is_saving = false;
    return;
  }
  process.saves.push_back({.why = why_of(event.reason),
                           .took_ns = event.took,
                           .ok = event.result == SaveResult::kDone});
  // The time was over: a save that had begun has not ended.
  if (event.result != SaveResult::kNone) circumstances.is_saving = false;
  circumstances.has_failed = has_failed;
  circumstances.has_no_thread = event.result == SaveResult::kNoThread;
  circumstances.has_no_file = event.result == SaveResult::kNoFile;
}

void Reconstruction::take(const ReapedEvent& event, const RecordedEvent& record) {
  Process& process = started(record.pid, event.by, record.when);
  process.end = end_of(event.status);
  process.end_ns = std::max(record.when, process.start_ns);
  ended_[record.pid] = static_cast<std::size_t>(process.id - 1);
  current_.erase(record.pid);
}

/// A journal becomes data after the end of its process, whose pid may be used again by then.
void Reconstruction::take(const KeptEvent& event, const RecordedEvent& record) {
  if (event.as == KeptAs::kErasedData) {
    const auto now = current_.find(record.pid);
    const auto ended = ended_.find(record.pid);
    if (now != current_.end()) circumstances_[now->second].has_lost_data = true;
    if (now == current_.end() && ended != ended_.end()) {
      circumstances_[ended->second].has_lost_data = true;
    }
    return;
  }
  const auto found = journalled_.find(record.pid);
  if (found == journalled_.end()) return;
  Process& process = processes_[found->second];
  Circumstances& circumstances = circumstances_of(process);
  if (!record.text.empty()) {
    circumstances.journal_problem = record.text.front();
    return;
  }
  if (event.as == KeptAs::kErased) {
    circumstances.is_settled = true;
    return;
  }
  note_source(circumstances, event.is_without_source);
  circumstances.dropped = event.dropped;
  process.saves.push_back({.why = SaveWhy::kJournal, .ok = event.dropped == 0});
}

void Reconstruction::take(const UnmeasuredEvent& event, const RecordedEvent& record) {
  Process& process = alive(record.pid, record.when);
  switch (event.why) {
    case WhyUnmeasured::kNotStarted:
      circumstances_of(process).unmeasured = record.text;
      break;
    case WhyUnmeasured::kOptedOut:
      process.note = Note::kOptedOut;
      break;
    case WhyUnmeasured::kStopped:
      process.note = Note::kStopped;
      break;
    case WhyUnmeasured::kGoesOn:
      process.note = Note::kNone;
      break;
    case WhyUnmeasured::kNoSource:
      circumstances_of(process).is_without_source = true;
      break;
    case WhyUnmeasured::kRunsOther:
      if (!record.text.empty()) process.outside.push_back(record.text.front());
      break;
  }
}

void Reconstruction::take(const CountersEvent& event, const RecordedEvent& record) {
  // Recorded before the signal is sent, so the process of that pid is the one that is meant.
  Process& process = alive(record.pid, record.when);
  Circumstances& circumstances = circumstances_of(process);
  circumstances.has_counters = true;
  circumstances.counters = event.fate;
  if (event.fate != CountersFate::kSaved) return;
  process.saves.push_back({.why = SaveWhy::kCounters, .took_ns = event.took, .ok = true});
}

void Reconstruction::take(const WrappedEvent& event, const RecordedEvent& record) {
  Process& process = started(record.pid, event.parent, record.when);
  take_command_line(process, record);
  process.image = report::Image::kStatic;
  circumstances_of(process).is_wrapper = true;
  started(event.command, record.pid, record.when);
}

void Reconstruction::take(const WorkerEvent& /*event*/, const RecordedEvent& record) {
  if (!record.text.empty()) alive(record.pid, record.when).worker = record.text.front();
}

/// A combine comes after the end of most processes, whose pids may be used again by then.
void Reconstruction::take(const BroughtEvent& event, const RecordedEvent& record) {
  for (const auto* const map : {&journalled_, &current_, &ended_}) {
    const auto found = map->find(record.pid);
    if (found == map->end()) continue;
    processes_[found->second].brought = {.files = event.files,
                                         .lines = event.lines,
                                         .arcs = event.arcs,
                                         .only = event.only,
                                         .data = record.text.empty() ? "" : record.text.front()};
    return;
  }
}

void Reconstruction::take(const KilledEvent& event, const RecordedEvent& record) {
  // A torn record may claim that the kill began before the session.
  Process& process = victim(record.pid, std::max<std::int64_t>(record.when - event.took, 0));
  // A second SIGKILL for a process that is ending already passes through, and is not recorded here.
  if (process.kill && process.kill->method != KillMethod::kPass) return;
  // A handler that sends the signal on to its own process has got it from the first sender.
  if (process.kill && process.kill->signal == event.signal && event.by == record.pid) return;
  const auto by = current_.find(event.by);
  const KillMethod method = method_of(event.how);
  const bool has_ended = event.in_time || method == KillMethod::kPass;
  process.kill = {
      .signal = std::max(event.signal, 0),
      .by = by == current_.end() ? std::nullopt : std::optional(processes_[by->second].id),
      .method = method,
      .took_ns = event.took,
      .outcome = has_ended ? KillOutcome::kEnded : KillOutcome::kTimedOut};
  Circumstances& circumstances = circumstances_of(process);
  circumstances.kill_test = event.test;
  if (has_ended) return;
  circumstances.dies_of = SIGKILL;
  circumstances.dies_at = record.when;
}

/// Names the test of each process: its own, else the test file that its parent runs, else its
/// parent's.
void name_tests(std::deque<Process>& processes, const std::deque<Circumstances>& circumstances,
                const TestNames& tests) {
  std::vector<bool> is_named(processes.size());
  std::vector<std::size_t> pending;
  for (std::size_t first = 0; first < processes.size(); ++first) {
    pending.push_back(first);
    while (!pending.empty()) {
      const std::size_t at = pending.back();
      Process& process = processes[at];
      if (!is_named[at]) process.test = tests.name(circumstances[at].test);
      if (is_named[at] || !process.test.empty() || !process.parent) {
        is_named[at] = true;
        pending.pop_back();
        continue;
      }
      const auto above = static_cast<std::size_t>(*process.parent - 1);
      process.test = test_file_of(processes[above].argv);
      if (process.test.empty() && !is_named[above]) {
        pending.push_back(above);
        continue;
      }
      if (process.test.empty()) process.test = processes[above].test;
      is_named[at] = true;
      pending.pop_back();
    }
  }
}

/// A process below may have written anything.
std::optional<report::Percents> percents_of(const GainedEvent& event) {
  constexpr double kMillion = 1e6;
  const report::Percents percents = {event.percent_before / kMillion,
                                     event.percent_after / kMillion};
  if (percents.before > 100 || percents.after > 100) return std::nullopt;
  return percents;
}

}  // namespace

End end_of(int status) {
  if (WIFSIGNALED(status)) return {.how = End::How::kSignal, .number = WTERMSIG(status)};
  return {.how = End::How::kExit, .number = WEXITSTATUS(status)};
}

std::optional<report::Gain> gain_of_session(const std::vector<RecordedEvent>& events) {
  std::optional<report::Gain> largest;  // of one combine
  std::map<std::string, report::FileGain> files;
  for (const RecordedEvent& record : events) {
    const auto* const event = std::get_if<GainedEvent>(&record.event);
    // A process below may have written anything.
    if (event == nullptr || event->after < event->before) continue;
    const std::int64_t lines = event->after - event->before;
    if (record.text.empty()) {
      if (!largest || lines > largest->after - largest->before) {
        largest = {event->files, event->before, event->after, {}};
      }
      continue;
    }
    const auto [found, is_new] = files.try_emplace(record.text.front());
    report::FileGain& file = found->second;
    if (is_new || lines > file.after - file.before) {
      file = {record.text.front(), event->before, event->after, percents_of(*event)};
    }
  }
  if (!largest && files.empty()) return std::nullopt;
  report::Gain gain;
  for (auto& [name, file] : files) {
    ++gain.files;
    gain.before += file.before;
    gain.after += file.after;
    gain.largest.push_back(std::move(file));
  }
  std::stable_sort(gain.largest.begin(), gain.largest.end(), [](const auto& a, const auto& b) {
    return a.after - a.before > b.after - b.before;
  });
  // A combine tells of its largest files alone, so one may have gained more than these together.
  if (largest && largest->after - largest->before >= gain.after - gain.before) {
    gain.files = largest->files;
    gain.before = largest->before;
    gain.after = largest->after;
  }
  return gain;
}

std::deque<Process> processes_of_session(const std::vector<RecordedEvent>& events,
                                         const Wrapper& wrapper) {
  Reconstruction reconstruction(wrapper.pid);
  for (const RecordedEvent& event : events) reconstruction.take(event);
  // Told already by a wrapper that records into its own session.
  const bool is_told = std::any_of(events.begin(), events.end(), [&](const RecordedEvent& event) {
    const auto* const reaped = std::get_if<ReapedEvent>(&event.event);
    return reaped != nullptr && reaped->by == wrapper.pid && event.pid == wrapper.command;
  });
  if (wrapper.status && !is_told) {
    reconstruction.take({.event = ReapedEvent{.by = wrapper.pid, .status = *wrapper.status},
                         .pid = wrapper.command,
                         .when = wrapper.ended});
  }
  auto [processes, circumstances, tests] = reconstruction.result();
  name_tests(processes, circumstances, tests);
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
    if (process.kill) process.kill->test = tests.name(its.kill_test);
    const bool is_gone = wrapper.running && !wrapper.running->contains(process.pid);
    if (!process.end && is_gone) process.end = {.how = End::How::kUnknown};
    if (process.kill && process.kill->method == KillMethod::kPass && was_killed(process) &&
        process.end->number != process.kill->signal) {
      process.kill.reset();  // something else has ended it
    }
    if (process.note == Note::kNone && its.is_without_source && !its.has_source) {
      process.note = Note::kNoSource;
    }
    if (!(process.note == Note::kNoSource)) process.outside.clear();
    if (its.is_wrapper) continue;
    its.is_wrapped =
        process.parent && circumstances[static_cast<std::size_t>(*process.parent - 1)].is_wrapper;
    its.is_asked = wrapper.asks;
    process.loss = loss_of(process, its, measures);
    process.measured = process.measured || its.has_counters;
  }
  return processes;
}

}  // namespace covenv
