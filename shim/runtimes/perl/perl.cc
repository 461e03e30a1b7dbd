// SPDX-License-Identifier: MIT
#include "shim/runtimes/perl/perl.h"

#include <atomic>
#include <csignal>
#include <string_view>

#include "shim/core/ask_protocol.h"
#include "shim/core/entry.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"
#include "shim/runtimes/perl/interpreter.h"
#include "shim/session/recorder.h"

namespace covenv::perl {
namespace {

constexpr std::string_view kModule = "Devel::Cover";

// The values of kReport.
constexpr long kNothingToWrite = 0;  // as at a normal end: not begun, or written already
constexpr long kWritten = 1;

/// What Devel::Cover's END block does. In silence, and with what is collected left as it was,
/// because an exec may fail.
constexpr const char* kReport = R"perl(
${^GLOBAL_PHASE} !~ /^(?:RUN|END)$/ || !defined &Devel::Cover::get_criteria ? 0 : do {
  local ($@, $!, $?, $_, $,, $\, $/) = ("", 0, 0, undef, undef, undef, "\n");
  my @collected = Devel::Cover::get_coverage();
  !@collected ? 0 : do {
    local $Devel::Cover::Silent = 1;
    my $is_written = eval { Devel::Cover::_report(); 1 };
    Devel::Cover::set_coverage(@collected);
    $is_written ? 1 : 2;
  };
}
)perl";

constinit Perl perl = {};
constinit std::atomic<bool> is_running{false};
constinit std::atomic<bool> is_noted{false};
constinit std::atomic<bool> is_noting{false};
constinit std::atomic<SaveEnd> end_of_save{nullptr};

/// Blocks the signals that the program handles, for the length of a scope.
class HandledSignals {
 public:
  HandledSignals() {
    ProcessStatus status;
    if (!read_status(kKernel, own_pid(), status)) return;
    // The end of the grace comes by our own signal.
    const std::uint64_t theirs =
        status.caught & ~(std::uint64_t{1} << static_cast<unsigned>(kAskSignal - 1));
    are_blocked_ = change(SIG_BLOCK, &theirs, &before_) == 0;
  }
  ~HandledSignals() {
    if (are_blocked_) change(SIG_SETMASK, &before_, nullptr);
  }
  HandledSignals(const HandledSignals&) = delete;
  HandledSignals& operator=(const HandledSignals&) = delete;

 private:
  static long change(int how, const std::uint64_t* mask, std::uint64_t* before) {
    return raw_syscall(SYS_rt_sigprocmask, how, to_register(mask), to_register(before),
                       sizeof(*mask));
  }

  std::uint64_t before_ = 0;
  bool are_blocked_ = false;
};

/// kNone: this thread saves already.
SaveResult save_now(PerlInterpreter* interpreter) {
  if (is_running.exchange(true)) return SaveResult::kNone;
  const HandledSignals blocked;
  record_saving();
  Scalar* const value = perl.evaluate(interpreter, kReport, 0);
  const long result = perl.integer(interpreter, value, 0);
  is_running.store(false);
  if (result == kNothingToWrite) return SaveResult::kNothing;
  return result == kWritten ? SaveResult::kDone : SaveResult::kFailed;
}

void save_and_end(PerlInterpreter* interpreter, SaveEnd end) {
  const SaveResult result = save_now(interpreter);
  if (result != SaveResult::kNone) end(result);
}

/// Perl calls this after an operation, for the first signal that is noted.
void at_safe_point(int /*signal*/, void* /*info*/, void* /*context*/) {
  const SaveEnd end = end_of_save.load();
  if (!is_noting.load() && end != nullptr) save_and_end(current(perl), end);
}

void wait_for_safe_point(PerlInterpreter* interpreter) {
  if (is_noted.exchange(true)) return;
  if (!take_over_signals(perl, interpreter, at_safe_point)) return;
  is_noting.store(true);
  perl.note_signal(kAskSignal, nullptr, nullptr);
  is_noting.store(false);
}

bool loads_module(const char* argument) {
  const std::string_view text = argument;
  return text.starts_with('-') && text.find(kModule) != std::string_view::npos;
}

}  // namespace

bool measures(const ProgramStart& start) {
  const char* const options = value_in(start.environment, "PERL5OPT");
  const bool is_told =
      (options != nullptr && std::string_view(options).find(kModule) != std::string_view::npos) ||
      any_entry(start.arguments + 1, loads_module);
  return is_told && find_perl(perl);
}

void save_where_interrupted(const Interruption& where, SaveEnd end) {
  if (!where.is_main_thread || *perl.first == nullptr) return;
  PerlInterpreter* const interpreter = current(perl);
  if (interpreter == nullptr || is_running.load()) return;
  end_of_save.store(end);
  if (where.waits_in_kernel) {
    save_and_end(interpreter, end);
  } else {
    wait_for_safe_point(interpreter);
  }
}

void save_from_saver_thread(std::int64_t timeout_ns, SaveEnd end) {
  constexpr std::int64_t kFirst = 200000;
  constexpr std::int64_t kLater = 2000000;
  constexpr int kFirstNudges = 20;
  if (*perl.first == nullptr) end(SaveResult::kNothing);
  const Deadline deadline(kKernel, timeout_ns);
  for (int nudges = 0; deadline.left() != 0; ++nudges) {
    if (!is_running.load()) nudge();
    kKernel.sleep(nudges < kFirstNudges ? kFirst : kLater);
  }
}

SaveResult save_on_leaving_thread() {
  if (*perl.first == nullptr || raw_syscall(SYS_gettid) != own_pid()) return SaveResult::kNone;
  PerlInterpreter* const interpreter = current(perl);
  return interpreter != nullptr ? save_now(interpreter) : SaveResult::kNone;
}

}  // namespace covenv::perl
