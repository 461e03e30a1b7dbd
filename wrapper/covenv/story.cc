// SPDX-License-Identifier: MIT
#include "story.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace covenv {
namespace {

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
  std::vector<ProcessStory> take() { return std::move(processes_); }

 private:
  ProcessStory& alive(int pid, std::int64_t when);
  ProcessStory& started(int pid, int parent, std::int64_t when);
  void be_given(ProcessStory& process, const RecordedEvent& event);
  void loaded(const RecordedEvent& event);

  const int wrapper_;
  std::vector<ProcessStory> processes_;
  std::unordered_map<int, std::size_t> current_;
};

ProcessStory& Story::alive(int pid, std::int64_t when) {
  const auto [found, is_new] = current_.try_emplace(pid, processes_.size());
  if (is_new) {
    processes_.push_back({});
    processes_.back().pid = pid;
    processes_.back().start = when;
  }
  return processes_[found->second];
}

ProcessStory& Story::started(int pid, int parent, std::int64_t when) {
  const bool has_parent = parent > 0 && parent != pid && parent != wrapper_;
  if (has_parent) alive(parent, when);
  ProcessStory& process = alive(pid, when);
  if (!process.parent && has_parent) process.parent = current_[parent];
  return process;
}

void Story::be_given(ProcessStory& process, const RecordedEvent& event) {
  process.image = static_cast<Image>(event.detail);
  process.preloaded = (event.flags & kPreloaded) != 0;
  if (event.text.empty()) return;
  process.program = event.text.front();
  process.restored.clear();
  for (std::size_t i = 1; i < event.text.size(); ++i) {
    if (!is_own(event.text[i])) process.restored.push_back(event.text[i]);
  }
}

void Story::loaded(const RecordedEvent& event) {
  ProcessStory& process = started(event.pid, event.other, event.when);
  process.argv = event.text;
  process.argv_cut = (event.flags & kTextCut) != 0;
  process.preloaded = true;
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
    case Event::kArmed: {
      ProcessStory& process = started(event.pid, event.other, event.when);
      process.measured = true;
      // A forked child is what its parent is.
      if (process.argv.empty() && process.parent) {
        process.argv = processes_[*process.parent].argv;
        process.program = processes_[*process.parent].program;
      }
      break;
    }
    case Event::kSaved:
      alive(event.pid, event.when)
          .saves.push_back({.why = static_cast<SaveReason>(event.detail),
                            .took = event.took,
                            .ok = (event.flags & kDone) != 0});
      break;
    case Event::kEnded: {
      ProcessStory& process = alive(event.pid, event.when);
      const Kill kill = {.signal = event.value,
                         .by = event.other,
                         .method = static_cast<EndingKind>(event.detail),
                         .took = event.took,
                         .ended = (event.flags & kDone) != 0};
      // The second SIGKILL for one that is ending already passes through, and says nothing.
      if (!process.kill || process.kill->method == EndingKind::kPassThrough) process.kill = kill;
      break;
    }
    case Event::kReaped: {
      ProcessStory& process = started(event.pid, event.other, event.when);
      process.status = event.value;
      process.end = event.when;
      current_.erase(event.pid);
      break;
    }
  }
}

bool was_killed(const ProcessStory& process) {
  return process.status && WIFSIGNALED(*process.status);
}

bool is_saved(const ProcessStory& process) {
  return std::any_of(process.saves.begin(), process.saves.end(),
                     [](const Save& save) { return save.ok && save.why != SaveReason::kExec; });
}

std::string signal_name(int signo) {
  const char* const abbreviation = sigabbrev_np(signo);
  return abbreviation != nullptr ? "SIG" + std::string(abbreviation)
                                 : "signal " + std::to_string(signo);
}

std::optional<Loss> loss_of_measured(const ProcessStory& process) {
  if (!was_killed(process) || is_saved(process)) return std::nullopt;
  const int signo = WTERMSIG(*process.status);
  if (process.kill && process.kill->method != EndingKind::kPassThrough) {
    return Loss{
        "save-timed-out", "it was asked to save, and had not done so when the grace was over",
        "set COVENV_GRACE to more; if it hangs, look for a lock that it holds at that time"};
  }
  if (process.kill) {
    return Loss{"killed-unsaved", "the kill went through as it was (" + signal_name(signo) + ")",
                "see COVENV_KILL; a traced or stopped-by-a-debugger process cannot save"};
  }
  const bool crashed = signo == SIGSEGV || signo == SIGABRT || signo == SIGBUS || signo == SIGILL ||
                       signo == SIGFPE || signo == SIGSYS;
  if (crashed) {
    return Loss{"crashed", "it crashed (" + signal_name(signo) + ")", "mend the crash"};
  }
  return Loss{"killed-from-outside",
              "it got " + signal_name(signo) + " from a process without covenv, or from the kernel",
              "start it by `sigforward --`, or start what kills it below `covenv run`"};
}

bool is_python(const ProcessStory& process) {
  const std::string_view program = !process.program.empty() ? std::string_view(process.program)
                                   : !process.argv.empty()  ? std::string_view(process.argv.front())
                                                            : std::string_view();
  return base_name(program).starts_with("python") || base_name(program).starts_with("pypy");
}

bool wants_native_coverage(const ProcessStory& process) {
  return std::any_of(process.restored.begin(), process.restored.end(), [](const std::string& name) {
    return name == "GOCOVERDIR" || name == "LLVM_PROFILE_FILE" || name.starts_with("GCOV_");
  });
}

/// Something is measured in this session, so Python programs are meant to be.
std::optional<Loss> loss_of_unmeasured(const ProcessStory& process) {
  if (process.image == Image::kStatic && wants_native_coverage(process) && was_killed(process)) {
    return Loss{"static-binary", "a static program was killed: it has no libcovenv.so in it",
                "end it by SIGTERM, or start it by `sigforward --`"};
  }
  if (is_python(process) && process.preloaded && process.end) {
    return Loss{"not-measured", "coverage did not start in this interpreter",
                "install coverage there, and see `covenv doctor`"};
  }
  if (is_python(process) && !process.preloaded && process.image) {
    return Loss{"not-preloaded", "this interpreter cannot load libcovenv.so",
                "see the table of programs in the README; end it by SIGTERM"};
  }
  return std::nullopt;
}

}  // namespace

std::vector<ProcessStory> tell_story(const std::vector<RecordedEvent>& events,
                                     const Wrapper& wrapper) {
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
  std::vector<ProcessStory> processes = story.take();
  const bool measures = std::any_of(processes.begin(), processes.end(),
                                    [](const ProcessStory& process) { return process.measured; });
  for (ProcessStory& process : processes) {
    if (process.measured) {
      process.loss = loss_of_measured(process);
    } else if (measures) {
      process.loss = loss_of_unmeasured(process);
    }
  }
  return processes;
}

}  // namespace covenv
