// SPDX-License-Identifier: MIT
// Writes events into the session of this process (session_layout.h). Without a session, or if
// anything about it is in doubt, every function does nothing.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>

#include "shim/core/environment.h"
#include "shim/core/executable.h"
#include "shim/core/test_name.h"
#include "shim/session/session_layout.h"

namespace covenv {

/// Maps the session that COVENV_SESSION names in this environment, if it is this user's, private
/// and of our version. No descriptor stays open. Once, by the constructor.
void join_session(const char* const* environment);

bool is_in_session();

/// The processes whose parent is to be told SIGKILL; nullptr without a session.
PidTable* told_in_session();

/// Where `covenv run` is asked; nullptr without a session, or if `covenv run` has ended.
CountersMailbox* mailbox_in_session();

/// How coverage starts in this process, for record_measured().
void note_start(StartedAs as);
/// `arguments`: the process's, NULL-terminated. If nullptr, they are read from /proc, which takes
/// as long as all the rest of a record.
void record_loaded(const char* const* environment, const char* const* arguments);
void record_measured(MeasuredWith with, RuntimeKind runtime = RuntimeKind::kPython);
/// The same of another process, which the caller kills, and which has not told by itself.
void record_measured_in(pid_t pid, pid_t parent, MeasuredWith with, RuntimeKind runtime);
/// A Python program that coverage does not measure begins here. `fix`: what the user can do.
void record_unmeasured(const char* reason, const char* fix);
void record_unmeasured(WhyUnmeasured why);
/// The process begins to run a file outside of the source.
void record_runs_other(std::string_view file);
// The arguments of these are the fields of the event.
void record_kept(pid_t pid, KeptAs as, std::uint32_t dropped = 0, bool is_without_source = false);
void record_saving();
void record_saved(SaveReason reason, SaveResult result, int signal, std::int64_t took,
                  bool is_without_source = false);
void record_killed(pid_t target, EndingKind how, int signal, std::int64_t took = 0,
                   bool in_time = false);
void record_counters(pid_t pid, int signal, CountersFate fate, std::int64_t took);
void record_reaped(pid_t child, int status);
void record_reaped(const siginfo_t& child);
/// The number of the event; 0 if there is no room. A name beyond eight records is cut.
std::uint32_t record_test(const TestName& test);
void record_worker(const char* name);
void record_brought(pid_t pid, const BroughtEvent& what, const char* data_file);
void record_gained(const GainedEvent& what, const char* file);

/// What an event says of whether its process would have been measured, and to its end, without us.
/// The numbers are those of coverage/brought.py.
enum class HelpFact : unsigned char {
  kConfigured,        ///< a variable that configures coverage.py was put back
  kStarted,           ///< a Coverage has started: in a configured process without another one, ours
  kStartedOtherwise,  ///< the same, but it may be the program's own
  kSaved,             ///< it has saved because it was asked, or left
  kWorker,            ///< it is a worker of pytest-xdist, whose Coverage pytest-cov starts
};
void each_help_fact(void (*take)(void* context, pid_t pid, HelpFact fact), void* context);

/// Called by a sigforward.
void record_wrapped(pid_t command, std::int64_t grace_ns);

/// A program that is started, and what covenv gives it.
struct StartedProgram {
  const char* path;
  Image image;
  bool preloaded;
  const Carried& carried;
  const EnvironmentPlan& plan;
  const char* const* environment = nullptr;  ///< the result of the plan
};

void record_spawned(pid_t child, const StartedProgram& program);

/// An exec. Recorded before it happens, because nothing of ours runs afterwards.
class ExecRecord {
 public:
  explicit ExecRecord(const StartedProgram& program);
  /// To be called if the exec has failed.
  void withdraw();

 private:
  SessionRecord* record_ = nullptr;
};

}  // namespace covenv
