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

/// The processes as the events name them: by a pid, which one after the other may have.
class Story {
 public:
  explicit Story(int wrapper) : wrapper_(wrapper) {}
  void tell(const RecordedEvent& event);
  std::deque<Process> take() { return std::move(processes_); }

 private:
  Process& alive(int pid, std::int64_t when);
  Process& started(int pid, int parent, std::int64_t when);
  static void be_given(Process& process, const RecordedEvent& event);
  void loaded(const RecordedEvent& event);
  void armed(const RecordedEvent& event);
  void killed(const RecordedEvent& event);

  const int wrapper_;
  std::deque<Process> processes_;
  std::unordered_map<int, std::size_t> current_;
};

Process& Story::alive(int pid, std::int64_t when) {
  const auto [found, is_new] = current_.try_emplace(pid, processes_.size());
  if (is_new) {
    Process process;
    process.id = static_cast<std::int64_t>(processes_.size()) + 1;
    process.pid = pid;
    process.start_ns = when;
    processes_.push_back(std::move(process));
  }
  return processes_[found->second];
}

Process& Story::started(int pid, int parent, std::int64_t when) {
  const bool has_parent = parent > 0 && parent != pid && parent != wrapper_;
  if (has_parent) alive(parent, when);
  Process& process = alive(pid, when);
  if (!process.parent && has_parent) process.parent = processes_[current_[parent]].id;
  return process;
}

void Story::be_given(Process& process, const RecordedEvent& event) {
  process.image = name_of(static_cast<Image>(event.detail));
  process.preloaded = (event.flags & kPreloaded) != 0;
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
  if (process.image == kUnknownImage) process.image = name_of(Image::kDynamic);
}

void Story::armed(const RecordedEvent& event) {
  Process& process = started(event.pid, event.other, event.when);
  process.measured = true;
  if (!process.argv.empty() || !process.parent) return;
  // A forked child is what its parent is.
  const Process& parent = processes_[static_cast<std::size_t>(*process.parent - 1)];
  process.argv = parent.argv;
  process.argv_cut = parent.argv_cut;
  process.program = parent.program;
}

void Story::killed(const RecordedEvent& event) {
  Process& process = alive(event.pid, event.when);
  // The second SIGKILL for one that is ending already passes through, and says nothing.
  if (process.kill && process.kill->method != kPass) return;
  const auto by = current_.find(event.other);
  const std::string method = name_of(static_cast<EndingKind>(event.detail));
  const bool has_ended = (event.flags & kDone) != 0 || method == kPass;
  process.kill = {
      .signal = event.value,
      .by = by == current_.end() ? std::nullopt : std::optional(processes_[by->second].id),
      .method = method,
      .took_ns = event.took,
      .outcome = has_ended ? "ended" : kTimedOut};
}

void Story::tell(const RecordedEvent& event) {
  switch (event.kind) {
    case Event::kNone:
    case Event::kWrapped:
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
    case Event::kSaved:
      alive(event.pid, event.when)
          .saves.push_back({.why = name_of(static_cast<SaveReason>(event.detail)),
                            .took_ns = event.took,
                            .ok = (event.flags & kDone) != 0});
      break;
    case Event::kEnded:
      killed(event);
      break;
    case Event::kReaped: {
      Process& process = started(event.pid, event.other, event.when);
      process.end = end_of(event.value);
      process.end_ns = event.when;
      current_.erase(event.pid);
      break;
    }
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

std::optional<Loss> loss_of_measured(const Process& process) {
  if (!was_killed(process) || has_saved(process)) return std::nullopt;
  const int signo = process.end->number;
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
      "start it by `sigforward --`, or start what kills it below `covenv run`"};
}

bool is_python(const Process& process) {
  const std::string_view program = process.program         ? std::string_view(*process.program)
                                   : !process.argv.empty() ? std::string_view(process.argv.front())
                                                           : std::string_view();
  return base_name(program).starts_with("python") || base_name(program).starts_with("pypy");
}

bool wants_native_coverage(const Process& process) {
  return std::any_of(process.restored.begin(), process.restored.end(), [](const std::string& name) {
    return name == "GOCOVERDIR" || name == "LLVM_PROFILE_FILE" || name.starts_with("GCOV_");
  });
}

/// Something is measured in this session, so Python programs are meant to be.
std::optional<Loss> loss_of_unmeasured(const Process& process) {
  if (process.image == name_of(Image::kStatic) && wants_native_coverage(process) &&
      was_killed(process)) {
    return Loss{"static-binary", "a static program was killed: it has no libcovenv.so in it",
                "end it by SIGTERM, or start it by `sigforward --`"};
  }
  if (is_python(process) && process.preloaded && process.end_ns) {
    return Loss{"not-measured", "coverage did not start in this interpreter",
                "install coverage there, and see `covenv doctor`"};
  }
  if (is_python(process) && !process.preloaded && process.image != kUnknownImage) {
    return Loss{"not-preloaded", "this interpreter cannot load libcovenv.so",
                "see the table of programs in the README; end it by SIGTERM"};
  }
  return std::nullopt;
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
  std::deque<Process> processes = story.take();
  const bool measures = std::any_of(processes.begin(), processes.end(),
                                    [](const Process& process) { return process.measured; });
  for (Process& process : processes) {
    if (process.measured) {
      process.loss = loss_of_measured(process);
    } else if (measures) {
      process.loss = loss_of_unmeasured(process);
    }
  }
  return processes;
}

}  // namespace covenv
