// SPDX-License-Identifier: MIT
#include "wrapper/covenv/session/loss.h"

#include <algorithm>
#include <csignal>
#include <string_view>

#include "shim/core/ending.h"
#include "wrapper/common/base_name.h"
#include "wrapper/common/signal_names.h"
#include "wrapper/covenv/report/words.h"
#include "wrapper/covenv/session/runtime_words.h"

namespace covenv {
namespace {

using report::End;
using report::Kill;
using report::KillMethod;
using report::KillOutcome;
using report::Loss;
using report::Process;
using report::Save;
using report::SaveWhy;

/// Whether coverage's data are kept. A save before an exec does not count, because its data are the
/// earlier program's; nor do the counters of a compiled program.
bool has_saved(const Process& process) {
  return std::any_of(process.saves.begin(), process.saves.end(), [](const Save& save) {
    return save.ok && save.why != SaveWhy::kExec && save.why != SaveWhy::kCounters;
  });
}

/// An end is no loss if the interpreter has shut down, or the journal has become data.
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

/// `other`, and a journal if that was off, because a journal would have kept the data.
std::string fix_of(const Circumstances& circumstances, std::string_view other) {
  if (!circumstances.is_journal_off) return std::string(other);
  const std::string journal = "let it have a journal (COVENV_JOURNAL=1)";
  return other.empty() ? journal : std::string(other) + "; or " + journal;
}

std::optional<Loss> loss_of_failed_save(const Circumstances& circumstances) {
  if (circumstances.has_failed || circumstances.has_failed_itself) {
    const RuntimeWords& words = words_of(circumstances.runtime);
    return Loss{"save-failed",
                circumstances.has_failed
                    ? "it was asked to save, and " + std::string(words.failed)
                    : "coverage did not write its data as the interpreter shut down",
                fix_of(circumstances, words.failed_fix)};
  }
  if (circumstances.has_no_file) {
    const RuntimeWords& words = words_of(circumstances.runtime);
    return Loss{"no-file", std::string(words.no_file), fix_of(circumstances, words.no_file_fix)};
  }
  if (circumstances.has_no_thread) {
    return Loss{"save-failed", "it was asked to save, and could not start a thread for that",
                fix_of(circumstances, "see its limits (ulimit -u, ulimit -v)")};
  }
  if (circumstances.was_replaced) {
    return Loss{"replaced-unsaved", "it became another program before its coverage was saved",
                fix_of(circumstances, circumstances.runtime == RuntimeKind::kPython
                                          ? "have Python code call os.exec*()"
                                          : "have its main thread call exec")};
  }
  return std::nullopt;
}

/// The process has ended, by no signal.
Loss loss_of_exit(const Circumstances& circumstances) {
  const RuntimeWords& words = words_of(circumstances.runtime);
  return {"left-unsaved", std::string(words.left),
          fix_of(circumstances, "have it " + std::string(words.leave))};
}

/// For a signal that dumps core: a handler of the program's (faulthandler) sends the signal on,
/// which is faster than a save.
Loss loss_of_dump(int signal, const Circumstances& circumstances) {
  return {"killed-unsaved",
          "it was killed by " + signal_name(signal) +
              ", which it handles itself, or could not be asked",
          fix_of(circumstances, "end it by SIGTERM or SIGKILL")};
}

Loss loss_of_asked(const Kill& kill, const Circumstances& circumstances) {
  if (kill.outcome == KillOutcome::kEnded && dumps_core(kill.signal)) {
    return loss_of_dump(kill.signal, circumstances);
  }
  if (kill.outcome == KillOutcome::kEnded) {
    return {"save-cut-short", "it was asked to save, and ended before it had done so",
            fix_of(circumstances, "see what else ends it, and end it once")};
  }
  if (!circumstances.is_saving) {
    const RuntimeWords& words = words_of(circumstances.runtime);
    return {std::string(words.busy_name), "it was asked to save, and " + std::string(words.busy),
            fix_of(circumstances, words.busy_fix)};
  }
  return {"save-timed-out", "it was asked to save, and had not done so when the grace was over",
          fix_of(circumstances,
                 "set COVENV_GRACE to more; if it hangs, look for a lock that it holds at that "
                 "time")};
}

Loss loss_of_terminated(const Kill& kill, const Circumstances& circumstances) {
  if (kill.outcome == KillOutcome::kEnded) {
    return {"ended-unsaved", "it was asked to end, and ended before coverage had saved",
            fix_of(circumstances, "have it leave by sys.exit() when it is asked to end")};
  }
  return {"save-timed-out", "it was asked to end, and had not done so when the grace was over",
          fix_of(circumstances, "set COVENV_GRACE to more; if it hangs, have it end at SIGTERM")};
}

/// The process died of a signal that no process with covenv has sent.
Loss loss_of_signal(int signal, const Circumstances& circumstances) {
  const std::string name = signal_name(signal);
  const std::string leave(words_of(circumstances.runtime).leave);
  switch (signal) {
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
    case SIGSYS:
    case SIGTRAP:
      return {"crashed", "it crashed (" + name + "), or a process without covenv sent the signal",
              fix_of(circumstances, signal == SIGABRT ? words_of(circumstances.runtime).abort_fix
                                                      : "fix the crash")};
    case SIGALRM:
    case SIGVTALRM:
    case SIGPROF:
      return {"own-timer", "a timer of its own ended it (" + name + ")",
              fix_of(circumstances, "have it handle " + name + ", and " + leave)};
    case SIGXCPU:
      return {"resource-limit", "it had no processor time left (SIGXCPU)",
              fix_of(circumstances, "raise the limit (ulimit -t)")};
    case SIGXFSZ:
      return {"resource-limit", "a file that it wrote reached the limit of its size (SIGXFSZ)",
              fix_of(circumstances, "raise the limit (ulimit -f)")};
    case SIGPIPE:
      return {"broken-pipe", "it wrote into a pipe that has no reader (SIGPIPE)",
              fix_of(circumstances, "leave SIGPIPE ignored, as Python has it")};
    default:
      break;
  }
  if (!circumstances.is_asked) {
    return {"killed-unsaved", "it died of " + name + ": with COVENV_KILL=off none is asked to save",
            fix_of(circumstances, "leave COVENV_KILL at its default")};
  }
  return {"killed-from-outside",
          "it got " + name + " from a process without covenv, or from the kernel",
          circumstances.is_wrapped
              ? "signal the sigforward above it in its place"
              : fix_of(circumstances,
                       "start it by `sigforward --`, or start what kills it below `covenv "
                       "run`")};
}

/// A kill that did not ask the process to save.
Loss loss_of_passed(const Process& process, const Circumstances& circumstances) {
  const int signal = process.kill->signal;
  const std::string name = signal_name(signal);
  if (process.kill->by == process.id) {
    return {"crashed", "it sent itself " + name,
            fix_of(circumstances, "have it " + std::string(words_of(circumstances.runtime).leave))};
  }
  if (dumps_core(signal)) return loss_of_dump(signal, circumstances);
  return {"killed-unsaved", "the kill went through as it was (" + name + ")",
          fix_of(circumstances, "see COVENV_KILL; a traced or stopped process cannot save")};
}

/// Of a process without a journal.
std::optional<Loss> loss_of_measured(const Process& process, const Circumstances& circumstances) {
  if (circumstances.is_settled) return std::nullopt;
  std::optional<Loss> failed = loss_of_failed_save(circumstances);
  if (failed || !process.end || has_saved(process)) return failed;
  const bool was_asked = process.kill && process.kill->method != KillMethod::kPass;
  if (process.end->how == End::How::kExit || (!was_killed(process) && !was_asked)) {
    return loss_of_exit(circumstances);
  }
  const int signal = process.end->number;
  const bool is_kill = was_asked || (process.kill && process.kill->signal == signal);
  if (!is_kill) return loss_of_signal(signal, circumstances);
  if (process.kill->method == KillMethod::kPass) return loss_of_passed(process, circumstances);
  if (process.kill->method == KillMethod::kSave) {
    return loss_of_asked(*process.kill, circumstances);
  }
  return loss_of_terminated(*process.kill, circumstances);
}

std::string_view program_of(const Process& process) {
  return base_name(process.program         ? std::string_view(*process.program)
                   : !process.argv.empty() ? std::string_view(process.argv.front())
                                           : std::string_view());
}

std::optional<Loss> loss_of_counters(const Process& process, const Circumstances& circumstances) {
  switch (circumstances.counters) {
    case CountersFate::kNone:
    case CountersFate::kSaved:
    case CountersFate::kEarly:
      break;
    case CountersFate::kUnclear:
      if (!was_killed(process)) break;
      return Loss{"counters-unclear",
                  "a stripped Go program does not show whether a signal other than SIGKILL ends it",
                  "end it by SIGKILL, or build it without -ldflags=-s"};
    case CountersFate::kNoFile:
      return Loss{"counters-unwritten",
                  "its counters could not be written where its runtime writes them",
                  "see that its user may write there, and that the disk has room"};
    case CountersFate::kUnknown:
      return Loss{"counters-unknown", "its counters have a layout that covenv does not know",
                  "let it end by exit(), and tell covenv's authors its compiler"};
    case CountersFate::kDenied:
      return Loss{"counters-denied",
                  "the kernel let neither its killer nor `covenv run` read its memory, or "
                  "`covenv run` did not answer within the grace",
                  "kill it as the user that it runs as, and leave out prctl(PR_SET_DUMPABLE, 0) in "
                  "tests; if COVENV_GRACE is short, set it to more"};
  }
  return std::nullopt;
}

std::optional<Loss> loss_of_native(const Process& process, const Circumstances& circumstances) {
  // A process with covenv that kills looks for counters, and tells what it finds.
  const bool is_looked_at = process.kill || circumstances.has_counters;
  if (circumstances.wants_native && was_killed(process) && !is_looked_at) {
    return Loss{"static-binary",
                "a static program was killed by a process without covenv: if it has counters, "
                "these are lost",
                "start what kills it below `covenv run`, or start it by `sigforward --trace --`"};
  }
  return std::nullopt;
}

/// Of Python programs that coverage did not measure. A program with the library in it records why;
/// others are recognised by their names.
std::optional<Loss> loss_of_unmeasured(const Process& process, const Circumstances& circumstances) {
  if (circumstances.unmeasured.size() == 2) {
    return Loss{"not-measured",
                "coverage did not start in this interpreter: " + circumstances.unmeasured[0],
                circumstances.unmeasured[1] + "; see `covenv doctor`"};
  }
  if (circumstances.is_without_source) return std::nullopt;
  const bool is_pypy = program_of(process).starts_with("pypy");
  if (!is_pypy && !program_of(process).starts_with("python")) return std::nullopt;
  if (circumstances.is_other_user) {
    if (!was_killed(process)) return std::nullopt;
    return Loss{"other-user",
                "it was killed as another user, who has no entry in this session: whether it has "
                "saved is not known",
                "run it as the user of the tests, or have it end by SIGTERM, and see that its user "
                "may write coverage's data file"};
  }
  if (is_pypy && circumstances.wants_python && !circumstances.awaits_load && process.end_ns) {
    return Loss{"not-measured", "covenv cannot see what coverage does in PyPy",
                "see that coverage is installed there, and have it end by SIGTERM"};
  }
  const bool cannot_load = !process.preloaded && process.image != report::Image::kUnknown;
  // The library is not given to a program if its file is not there, or not for its user.
  if (cannot_load && process.image == report::Image::kDynamic) {
    return Loss{"library-gone",
                "when it started, libcovenv.so was not where LD_PRELOAD names it, or not readable",
                "leave the library in its place, and /dev/shm/.covenv-l-* during the run; let each "
                "user of the tests read it"};
  }
  const bool has_not_loaded = circumstances.awaits_load && process.end_ns && !was_killed(process);
  if (cannot_load || has_not_loaded) {
    return Loss{"not-preloaded", "this interpreter cannot load libcovenv.so",
                "see the table of programs in the README; end it by SIGTERM"};
  }
  return std::nullopt;
}

/// Of a process that was killed as without covenv, because its runtime cannot be asked.
Loss loss_of_version(const Circumstances& circumstances) {
  return {"no-saver", "it was killed, and covenv knows no way to have this version of it save",
          "use a version that covenv knows (Node 18 to 24), or have it " +
              std::string(words_of(circumstances.runtime).leave)};
}

/// Of a process that was killed as without covenv, because it could not make its saver ready.
Loss loss_of_unarmed(const Circumstances& circumstances) {
  return {"no-room", "it was killed, and no saver could be made ready when it started",
          "see its limits (ulimit -v), its seccomp filter and the signals that it was started to "
          "ignore, or have it " +
              std::string(words_of(circumstances.runtime).leave)};
}

std::optional<Loss> loss_of_what_ran(const Process& process, const Circumstances& circumstances) {
  if (circumstances.has_lost_data) {
    return Loss{"data-erased",
                "a process that replaced it in the run erased its data, as a new worker of "
                "pytest-xdist does",
                fix_of(circumstances, "let no worker be replaced (--max-worker-restart=0)")};
  }
  if (circumstances.has_journal) {
    std::optional<Loss> loss = loss_of_journalled(process, circumstances);
    // Another Coverage in the process had no journal, and was asked to save.
    if (loss || !circumstances.is_armed) return loss;
  }
  if (circumstances.has_no_saver && was_killed(process)) return loss_of_version(circumstances);
  if (circumstances.is_unarmed && was_killed(process)) return loss_of_unarmed(circumstances);
  if (circumstances.is_armed || circumstances.has_failed || circumstances.was_replaced) {
    return loss_of_measured(process, circumstances);
  }
  return loss_of_native(process, circumstances);
}

}  // namespace

std::optional<Loss> loss_of(const Process& process, const Circumstances& circumstances,
                            bool measures) {
  std::optional<Loss> loss = loss_of_what_ran(process, circumstances);
  if (!loss) loss = loss_of_counters(process, circumstances);
  if (loss || process.measured || !measures) return loss;
  return loss_of_unmeasured(process, circumstances);
}

}  // namespace covenv
