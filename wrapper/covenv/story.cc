// SPDX-License-Identifier: MIT
#include "story.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "report/words.h"
#include "shim/core/ending.h"
#include "shim/core/executable.h"

namespace covenv {
namespace {

using report::End;
using report::Kill;
using report::Loss;
using report::Process;
using report::Save;

constexpr const char* kUnknownImage = "unknown";

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
  return "exec";
}

constexpr const char* kPass = "pass";
constexpr const char* kTimedOut = "timed-out";

const char* name_of(EndingKind method) {
  switch (method) {
    case EndingKind::kSaveThenDie:
    case EndingKind::kSaveHere:
      return "save";
    case EndingKind::kTerminateThenKill:
      return "terminate";
    case EndingKind::kPassThrough:
      break;
  }
  return kPass;
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Variables of covenv's own travel with all others: nobody has missed them.
bool is_own(std::string_view name) { return name.starts_with("COVENV_") || name == "LD_PRELOAD"; }

/// What of a process no report says, and what was lost depends on.
struct Circumstances {
  bool is_wrapper = false;
  bool is_armed = false;  ///< now: what it was before an exec was another program
  bool has_journal = false;
  bool is_settled = false;  ///< coverage has saved, has chosen not to, or was told to erase
  std::string journal_problem;
  std::int64_t dropped = 0;  ///< words that its journal had no room for
  bool awaits_load = false;
  bool is_other_user = false;
  bool wants_native = false;
  bool wants_python = false;
  bool is_saving = false;
  bool has_failed = false;
  int dies_of = 0;  ///< it has saved for this signal, or its grace is over
  std::int64_t dies_at = 0;
};

struct Told {
  std::deque<Process> processes;
  std::deque<Circumstances> circumstances;  ///< of each
};

/// The processes as the events name them: by a pid, which one after the other may have.
class Story {
 public:
  explicit Story(int wrapper) : wrapper_(wrapper) {}
  void tell(const RecordedEvent& event);
  Told take() { return {std::move(processes_), std::move(circumstances_)}; }

 private:
  Process& alive(int pid, std::int64_t when);
  bool descends(const Process& process, std::int64_t ancestor) const;
  Process& started(int pid, int parent, std::int64_t when);
  Circumstances& circumstances_of(const Process& process) {
    return circumstances_[static_cast<std::size_t>(process.id - 1)];
  }
  void be_given(Process& process, const RecordedEvent& event);
  void loaded(const RecordedEvent& event);
  void armed(const RecordedEvent& event);
  void saved(const RecordedEvent& event);
  void killed(const RecordedEvent& event);
  void reaped(const RecordedEvent& event);
  void wrapped(const RecordedEvent& event);
  void kept(const RecordedEvent& event);

  const int wrapper_;
  std::deque<Process> processes_;
  std::deque<Circumstances> circumstances_;
  std::unordered_map<int, std::size_t> current_;
  std::unordered_map<int, std::size_t> journalled_;  ///< by pid, the last one: it may have ended
};

Process& Story::alive(int pid, std::int64_t when) {
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

/// Or is it itself.
bool Story::descends(const Process& process, std::int64_t ancestor) const {
  const Process* at = &process;
  while (at->id != ancestor && at->parent)
    at = &processes_[static_cast<std::size_t>(*at->parent - 1)];
  return at->id == ancestor;
}

Process& Story::started(int pid, int parent, std::int64_t when) {
  const bool has_parent = parent > 0 && parent != wrapper_;
  if (has_parent) alive(parent, when);
  Process& process = alive(pid, when);
  if (process.parent || !has_parent) return process;
  // Of a pid that is used again nobody may have seen the end.
  const Process& starter = processes_[current_[parent]];
  if (!descends(starter, process.id)) process.parent = starter.id;
  return process;
}

void Story::be_given(Process& process, const RecordedEvent& event) {
  process.image = name_of(static_cast<Image>(event.detail));
  process.preloaded = (event.flags & kPreloaded) != 0;
  Circumstances& circumstances = circumstances_of(process);
  const bool is_exec = event.kind == Event::kExec;
  // A spawn may be told after what it started has loaded us.
  circumstances.awaits_load = process.preloaded && (is_exec || process.argv.empty());
  circumstances.is_other_user = (event.flags & kOtherUser) != 0;
  circumstances.wants_native = (event.flags & kNative) != 0;
  if (is_exec) circumstances.is_armed = false;
  if (event.text.empty()) return;
  process.program = event.text.front();
  process.restored.clear();
  for (std::size_t i = 1; i < event.text.size(); ++i) {
    if (!is_own(event.text[i])) process.restored.push_back(event.text[i]);
  }
}

void Story::loaded(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  process.preloaded = true;
  Circumstances& circumstances = circumstances_of(process);
  circumstances.awaits_load = false;
  circumstances.wants_python = (event.flags & kWanted) != 0;
  if (process.image == kUnknownImage) process.image = name_of(Image::kDynamic);
}

void Story::armed(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.measured = true;
  if ((event.flags & kJournalled) != 0) {
    circumstances_of(process).has_journal = true;
    journalled_[event.pid] = static_cast<std::size_t>(process.id - 1);
  } else {
    circumstances_of(process).is_armed = true;
  }
  if (!process.argv.empty() || !process.parent) return;
  // A forked child is what its parent is.
  const Process& parent = processes_[static_cast<std::size_t>(*process.parent - 1)];
  process.argv = parent.argv;
  process.argv_cut = parent.argv_cut;
  process.program = parent.program;
}

void Story::saved(const RecordedEvent& event) {
  Process& process = alive(event.pid, event.when);
  const auto reason = static_cast<SaveReason>(event.detail);
  if (reason == SaveReason::kItself) {
    circumstances_of(process).is_settled = true;
    return;
  }
  process.saves.push_back(
      {.why = name_of(reason), .took_ns = event.took, .ok = (event.flags & kDone) != 0});
  Circumstances& circumstances = circumstances_of(process);
  circumstances.is_saving = false;
  circumstances.has_failed = (event.flags & kFailed) != 0;
  if (reason != SaveReason::kAsked) return;
  circumstances.dies_of = std::max(event.value, 0);
  circumstances.dies_at = event.when;
}

void Story::reaped(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.end = end_of(event.value);
  process.end_ns = std::max(event.when, process.start_ns);
  current_.erase(event.pid);
}

/// A journal becomes data when its process has ended, so the pid may be another's by now.
void Story::kept(const RecordedEvent& event) {
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
  circumstances.dropped = event.value;
  process.saves.push_back({.why = report::kJournal, .ok = event.value == 0});
}

void Story::wrapped(const RecordedEvent& event) {
  Process& process = started(event.pid, event.value, event.when);
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  process.image = name_of(Image::kStatic);
  circumstances_of(process).is_wrapper = true;
  started(event.other, event.pid, event.when);
}

void Story::killed(const RecordedEvent& event) {
  Process& process = alive(event.pid, event.when);
  // The second SIGKILL for one that is ending already passes through, and says nothing.
  if (process.kill && process.kill->method != kPass) return;
  const auto by = current_.find(event.other);
  const std::string method = name_of(static_cast<EndingKind>(event.detail));
  const bool has_ended = (event.flags & kDone) != 0 || method == kPass;
  process.kill = {
      .signal = std::max(event.value, 0),
      .by = by == current_.end() ? std::nullopt : std::optional(processes_[by->second].id),
      .method = method,
      .took_ns = event.took,
      .outcome = has_ended ? "ended" : kTimedOut};
  if (has_ended) return;
  Circumstances& circumstances = circumstances_of(process);
  circumstances.dies_of = SIGKILL;
  circumstances.dies_at = event.when;
}

void Story::tell(const RecordedEvent& event) {
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
      be_given(alive(event.pid, event.when), event);
      break;
    case Event::kSpawned:
      be_given(started(event.pid, event.other, event.when), event);
      break;
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
  }
}

bool was_killed(const Process& process) {
  return process.end && process.end->how == End::How::kSignal;
}

/// What was saved before an exec is of the program before.
bool has_saved(const Process& process) {
  return std::any_of(process.saves.begin(), process.saves.end(), [](const Save& save) {
    return save.ok && save.why != name_of(SaveReason::kExec);
  });
}

/// Each end needs its own proof: its interpreter has shut down, or its journal has become data.
std::optional<Loss> loss_of_journalled(const Process& process, const Circumstances& circumstances) {
  if (circumstances.dropped != 0) {
    return Loss{"journal-full",
                "its journal had no room for " + std::to_string(circumstances.dropped) +
                    " words: what it ran after that is lost",
                "give /dev/shm more room, or set COVENV_JOURNAL to a folder that has some"};
  }
  if (has_saved(process) || circumstances.is_settled || !process.end) return std::nullopt;
  if (!circumstances.journal_problem.empty()) {
    return Loss{"journal-unread",
                "its journal did not become data: " + circumstances.journal_problem,
                "see to that, then run `covenv salvage`: the journal is still there"};
  }
  return Loss{
      "journal-gone", "it ended, and its journal was gone before it became data",
      "see what removes files from /dev/shm, or set COVENV_JOURNAL to a folder of your own"};
}

std::optional<Loss> loss_of_measured(const Process& process, const Circumstances& circumstances,
                                     bool is_wrapped) {
  if (circumstances.has_failed) {
    return Loss{"save-failed", "it was asked to save, and coverage raised an exception",
                "see that this user may write coverage's data file, and that its disk has room"};
  }
  if (!was_killed(process) || has_saved(process)) return std::nullopt;
  const int signo = process.end->number;
  if (process.kill && process.kill->method == name_of(EndingKind::kSaveThenDie) &&
      !circumstances.is_saving) {
    return Loss{
        "gil-held",
        "it was asked to save, and until the grace was over nothing in it gave the GIL back",
        "have the C extension or ctypes.PyDLL call that waits give it back (ctypes.CDLL "
        "does), or set COVENV_GRACE to more"};
  }
  if (process.kill && process.kill->method != kPass) {
    return Loss{
        "save-timed-out", "it was asked to save, and had not done so when the grace was over",
        "set COVENV_GRACE to more; if it hangs, look for a lock that it holds at that time"};
  }
  if (process.kill) {
    return Loss{"killed-unsaved",
                "the kill went through as it was (" + report::signal_name(signo) + ")",
                "see COVENV_KILL; a traced or stopped-by-a-debugger process cannot save"};
  }
  const bool crashed = signo == SIGSEGV || signo == SIGABRT || signo == SIGBUS || signo == SIGILL ||
                       signo == SIGFPE || signo == SIGSYS;
  if (crashed) {
    return Loss{"crashed", "it crashed (" + report::signal_name(signo) + ")", "mend the crash"};
  }
  return Loss{
      "killed-from-outside",
      "it got " + report::signal_name(signo) + " from a process without covenv, or from the kernel",
      is_wrapped ? "signal the sigforward above it in its place"
                 : "start it by `sigforward --`, or start what kills it below `covenv run`"};
}

bool is_python(const Process& process) {
  const std::string_view program = process.program         ? std::string_view(*process.program)
                                   : !process.argv.empty() ? std::string_view(process.argv.front())
                                                           : std::string_view();
  return base_name(program).starts_with("python") || base_name(program).starts_with("pypy");
}

/// By a handler of its own, before the kill.
bool was_terminated(const Process& process) {
  return process.kill && process.kill->method == name_of(EndingKind::kTerminateThenKill) &&
         process.kill->outcome != kTimedOut;
}

std::optional<Loss> loss_of_native(const Process& process, const Circumstances& circumstances) {
  if (circumstances.wants_native && was_killed(process) && !was_terminated(process)) {
    return Loss{"static-binary", "a static program was killed: it has no libcovenv.so in it",
                "end it by SIGTERM, or start it by `sigforward --`"};
  }
  return std::nullopt;
}

/// Something is measured in this session, so Python programs are meant to be.
std::optional<Loss> loss_of_unmeasured(const Process& process, const Circumstances& circumstances) {
  if (!is_python(process)) return std::nullopt;
  if (circumstances.is_other_user) {
    if (!was_killed(process)) return std::nullopt;
    return Loss{
        "other-user",
        "it was killed as another user, who has no entry in this session: nobody saw it save",
        "run it as the user of the tests, or have it end by SIGTERM, and see that its user "
        "may write coverage's data file"};
  }
  if (circumstances.wants_python && !circumstances.awaits_load && process.end_ns) {
    return Loss{"not-measured", "coverage did not start in this interpreter",
                "install coverage there, and see `covenv doctor`"};
  }
  const bool cannot_load = !process.preloaded && process.image != kUnknownImage;
  const bool has_not_loaded = circumstances.awaits_load && process.end_ns && !was_killed(process);
  if (cannot_load || has_not_loaded) {
    return Loss{"not-preloaded", "this interpreter cannot load libcovenv.so",
                "see the table of programs in the README; end it by SIGTERM"};
  }
  return std::nullopt;
}

std::optional<Loss> loss_of(const Process& process, const Circumstances& circumstances,
                            bool is_wrapped) {
  if (circumstances.has_journal) {
    std::optional<Loss> loss = loss_of_journalled(process, circumstances);
    // Something else in it had none, and was asked.
    if (loss || !circumstances.is_armed) return loss;
  }
  if (circumstances.is_armed || circumstances.has_failed) {
    return loss_of_measured(process, circumstances, is_wrapped);
  }
  return loss_of_native(process, circumstances);
}

}  // namespace

End end_of(int status) {
  if (WIFSIGNALED(status)) return {.how = End::How::kSignal, .number = WTERMSIG(status)};
  return {.how = End::How::kExit, .number = WEXITSTATUS(status)};
}

std::deque<Process> tell_story(const std::vector<RecordedEvent>& events, const Wrapper& wrapper) {
  Story story(wrapper.pid);
  for (const RecordedEvent& event : events) story.tell(event);
  if (wrapper.status) {
    story.tell({.kind = Event::kReaped,
                .pid = wrapper.command,
                .other = wrapper.pid,
                .value = *wrapper.status,
                .when = wrapper.ended,
                .text = {}});
  }
  auto [processes, circumstances] = story.take();
  const bool measures = std::any_of(processes.begin(), processes.end(),
                                    [](const Process& process) { return process.measured; });
  for (std::size_t i = 0; i < processes.size(); ++i) {
    Process& process = processes[i];
    const Circumstances& its = circumstances[i];
    // Whoever was its parent had no libcovenv.so in it.
    if (!process.end && its.dies_of != 0) {
      process.end = {.how = End::How::kSignal, .number = its.dies_of};
      process.end_ns = std::max(its.dies_at, process.start_ns);
    }
    if (its.is_wrapper) continue;
    const bool is_wrapped =
        process.parent && circumstances[static_cast<std::size_t>(*process.parent - 1)].is_wrapper;
    process.loss = loss_of(process, its, is_wrapped);
    if (!process.loss && !process.measured && measures) {
      process.loss = loss_of_unmeasured(process, its);
    }
  }
  return processes;
}

}  // namespace covenv
