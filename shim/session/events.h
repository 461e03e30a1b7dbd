// SPDX-License-Identifier: MIT
// What happens to a process of a session: one struct for each kind of event, as it lies in the
// memory of the session. The process that an event is about is the record's.
//
// A reader finds any bytes here, because every process below may write them: an enumerator may have
// a value without a name, and a bool is a single bit.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "shim/core/counters_fate.h"
#include "shim/core/ending.h"
#include "shim/core/executable.h"
#include "shim/core/runtime_kind.h"

namespace covenv {

enum class Event : std::uint8_t {
  kNone,
  kLoaded,
  kExec,
  kSpawned,
  kMeasured,
  kSaving,
  kSaved,
  kKilled,
  kReaped,
  kWrapped,
  kKept,
  kUnmeasured,
  kCounters,
  kTest,
  kWorker,
  kBrought,
  kGained,
};

/// The process has loaded the library. Text: its command line.
struct LoadedEvent {
  static constexpr Event kKind = Event::kLoaded;
  pid_t parent = 0;
  bool wants_python : 1 = false;  ///< a variable starts coverage in it
};

/// The process is about to execute a program. Text: the program, the names of restored variables.
struct ExecEvent {
  static constexpr Event kKind = Event::kExec;
  Image image = Image::kUnknown;
  bool is_preloaded : 1 = false;   ///< our library is in LD_PRELOAD
  bool wants_native : 1 = false;   ///< static, and a variable tells it where its coverage belongs
  bool is_other_user : 1 = false;  ///< by a user who cannot join
  std::uint32_t test = 0;          ///< that starts the program: the number of its TestEvent, or 0
};

/// The same, of a child that another process has started.
struct SpawnedEvent {
  static constexpr Event kKind = Event::kSpawned;
  pid_t parent = 0;
  ExecEvent program;
};

enum class MeasuredWith : std::uint8_t {
  kSaver,
  kSaverByChoice,  ///< COVENV_JOURNAL forbids a journal
  kJournal,
  kNothing,  ///< the runtime measures, but a version of it that no saver knows
  kUnarmed,  ///< the runtime measures, but there was no room for a saver
};

/// How coverage has started in a child, and why whole coverage was needed.
enum class StartedAs : std::uint8_t {
  kByItself,          ///< no parent has configured the process, or COVENV_LIGHT is 0
  kLight,             ///< coverage's tracer alone
  kWholeSettings,     ///< because of coverage's settings, tracer or version
  kWholeUser,         ///< because the configuration is not covenv's
  kWholeChoice,       ///< COVENV_JOURNAL is 0
  kWholeCoverage,     ///< because coverage is not as covenv knows it
  kWholeInterpreter,  ///< because the interpreter is not the parent's, or there is no journal
  kWholeProgram,      ///< because of what the program does
};

/// The process is measured. Text: its command line.
struct MeasuredEvent {
  static constexpr Event kKind = Event::kMeasured;
  pid_t parent = 0;
  MeasuredWith with = MeasuredWith::kSaver;
  StartedAs as = StartedAs::kByItself;
  RuntimeKind runtime = RuntimeKind::kPython;
  std::uint32_t test = 0;  ///< of a forked child: that has forked
};

/// The process has its interpreter's lock, and begins to save.
struct SavingEvent {
  static constexpr Event kKind = Event::kSaving;
};

enum class SaveReason : std::uint8_t {
  kAsked,
  kLeaving,
  kExec,
  kItself,  ///< coverage has ended by itself
};

enum class SaveResult : std::uint8_t {
  kNone,  ///< the time was over; of kItself: there was nothing to save
  kDone,
  kFailed,    ///< an exception, or no file; of kItself: a save is missing
  kNoThread,  ///< there was no thread to save on
  kNothing,   ///< what measures would have written nothing at a normal end either
  kNoFile,    ///< what measures has no file of its own
};

/// The process has saved, or has not.
struct SavedEvent {
  static constexpr Event kKind = Event::kSaved;
  std::int64_t took = 0;  ///< nanoseconds
  int signal = 0;         ///< that the process dies of next
  SaveReason reason = SaveReason::kAsked;
  SaveResult result = SaveResult::kNone;
  bool is_without_source : 1 = false;  ///< no line to measure has run
};

/// Another process has sent a signal that ends the process.
struct KilledEvent {
  static constexpr Event kKind = Event::kKilled;
  std::int64_t took = 0;  ///< nanoseconds
  pid_t by = 0;
  int signal = 0;  ///< the killer's
  EndingKind how = EndingKind::kPassThrough;
  bool in_time : 1 = false;  ///< it has ended within the grace
  std::uint32_t test = 0;    ///< that kills
};

/// Another process has waited for the process.
struct ReapedEvent {
  static constexpr Event kKind = Event::kReaped;
  pid_t by = 0;
  int status = 0;  ///< as wait() gives it
};

/// The process is a sigforward. Text: its command line.
struct WrappedEvent {
  static constexpr Event kKind = Event::kWrapped;
  std::int64_t grace = 0;  ///< nanoseconds
  pid_t parent = 0;
  pid_t command = 0;
};

enum class KeptAs : std::uint8_t {
  kData,        ///< the journal has become data
  kErased,      ///< coverage was told to erase what the process had recorded
  kErasedData,  ///< a process below a measured one has erased a data file that this one had saved
};

/// Another process has found the journal, or the data, of the process. Text: why a journal did not
/// become data.
struct KeptEvent {
  static constexpr Event kKind = Event::kKept;
  pid_t by = 0;
  std::uint32_t dropped = 0;  ///< words that had no room
  KeptAs as = KeptAs::kData;
  bool is_without_source : 1 = false;  ///< no line to measure has run
};

enum class WhyUnmeasured : std::uint8_t {
  kNotStarted,  ///< text: why coverage does not start, and what fixes that
  kOptedOut,    ///< by a variable that is empty
  kStopped,     ///< the program has ended measuring
  kGoesOn,      ///< after kStopped, measuring goes on
  kNoSource,    ///< no line to measure has run yet
  kRunsOther,   ///< text: a file outside of the source, which begins to run
};

/// The process runs a Python program that coverage does not measure.
struct UnmeasuredEvent {
  static constexpr Event kKind = Event::kUnmeasured;
  WhyUnmeasured why = WhyUnmeasured::kNotStarted;
};

/// A process is about to end, and its counters have been looked at from outside, or by itself.
struct CountersEvent {
  static constexpr Event kKind = Event::kCounters;
  std::int64_t took = 0;  ///< nanoseconds
  pid_t by = 0;
  int signal = 0;  ///< that the process dies of next; 0: it leaves by itself
  CountersFate fate = CountersFate::kNone;
};

/// A test that starts or kills processes: its name, which other events name by the number of this
/// event. Text: a part of the name, as the runner has it in the environment.
struct TestEvent {
  static constexpr Event kKind = Event::kTest;
  std::uint32_t first = 0;  ///< the number of the event with the first part; 0: this one is it
  std::uint16_t part = 0;
  std::uint16_t parts = 1;
};

/// What the process has brought to a combine. Text: the name of its data file, if it has one.
struct BroughtEvent {
  static constexpr Event kKind = Event::kBrought;
  std::uint32_t files = 0;
  std::uint32_t lines = 0;
  std::uint32_t arcs = 0;
  std::uint32_t only = 0;  ///< lines that no other process of the combine has
};

/// What a combine, which the process makes, has by covenv alone. Text: a file; none: of all files.
struct GainedEvent {
  static constexpr Event kKind = Event::kGained;
  std::uint32_t files = 0;
  std::uint32_t before = 0;  ///< lines, without covenv
  std::uint32_t after = 0;
  /// What coverage's report says of the file, in millionths of a percent; kNoPercent: not asked.
  std::uint32_t percent_before = kNoPercent;
  std::uint32_t percent_after = kNoPercent;

  static constexpr std::uint32_t kNoPercent = UINT32_MAX;
};

/// The process is a worker of pytest-xdist. Text: the worker's name.
struct WorkerEvent {
  static constexpr Event kKind = Event::kWorker;
};

}  // namespace covenv
