// SPDX-License-Identifier: MIT
// A session as a report. report.schema.json describes each field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace covenv::report {

/// The number of the schema that is written.
inline constexpr std::int64_t kSchemaVersion = 2;
/// The oldest that is read: its losses have `mend` in the place of `fix`.
inline constexpr std::int64_t kOldestSchemaVersion = 1;

/// A problem with a report, or with its file: what is wrong, and what fixes it, in one line.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct End {
  enum class How { kExit, kSignal, kUnknown };
  How how = How::kUnknown;
  int number = 0;  ///< the exit status or the signal
};

/// One of E; or a word that a later covenv has written, which is kept as it is. words.h has the
/// words of each E.
template <typename E>
class Word {
 public:
  Word(E value) : value_(value) {}  // NOLINT(google-explicit-constructor): each E is a word
  explicit Word(std::string later) : later_(std::move(later)), is_later_(true) {}

  /// nullptr: the word is later().
  const E* known() const { return is_later_ ? nullptr : &value_; }
  const std::string& later() const { return later_; }

  friend bool operator==(const Word& word, E value) {
    return word.known() != nullptr && *word.known() == value;
  }

 private:
  E value_ = E();
  std::string later_;
  bool is_later_ = false;
};

/// Why a process saved. kJournal: its coverage was taken from a journal after it had ended.
/// kCounters: the counters of its compiled program were read as it was about to end.
enum class SaveWhy { kKill, kExit, kExec, kJournal, kCounters };

struct Save {
  Word<SaveWhy> why;
  std::int64_t took_ns = 0;
  bool ok = false;
};

enum class KillMethod { kSave, kTerminate, kPass };
enum class KillOutcome { kEnded, kTimedOut };

struct Kill {
  int signal = 0;
  std::optional<std::int64_t> by;  ///< the id of the process that killed
  Word<KillMethod> method;
  std::int64_t took_ns = 0;
  Word<KillOutcome> outcome;
  std::string test = {};  ///< in which the killer killed; empty: not known
};

enum class Image { kUnknown, kDynamic, kStatic, kScript, kOtherArchitecture };

/// Why a process that has lost nothing was not measured to its end.
enum class Note {
  kNone,
  kOptedOut,   ///< its variables were emptied
  kReporting,  ///< it waits for this very report
  kStopped,    ///< the program has ended its measuring
  kNoSource,   ///< no line that coverage measures has run
};

/// How coverage has started in a measured process.
enum class Start {
  kByItself,
  kLight,  ///< coverage's tracer alone
  kWholeSettings,
  kWholeUser,
  kWholeChoice,
  kWholeCoverage,
  kWholeInterpreter,
  kWholeProgram,
};

struct Loss {
  std::string reason;  ///< a short name, words with hyphens
  std::string text;
  std::string fix;
};

/// What a process has brought to a combine.
struct Brought {
  std::int64_t files = 0;
  std::int64_t lines = 0;
  std::int64_t arcs = 0;
  std::int64_t only = 0;  ///< lines that no other process of the combine has
  std::string data;       ///< the name of its data file; empty: its journal became data
};

/// Strings are the bytes that the system gave: they need not be UTF-8.
struct Process {
  std::int64_t id = 0;  ///< unique in this report; at least 1
  std::int64_t pid = 0;
  std::optional<std::int64_t> parent;  ///< an id
  std::size_t shard = 0;
  std::int64_t start_ns = 0;  ///< since the session (in a merged report: the shard) began
  std::optional<std::int64_t> end_ns;
  std::vector<std::string> argv;
  bool argv_cut = false;
  std::optional<std::string> program;
  Word<Image> image = Image::kUnknown;
  std::vector<std::string> restored;  ///< names of variables
  bool preloaded = false;
  bool measured = false;
  std::optional<End> end;  ///< none: it still ran
  std::vector<Save> saves;
  std::optional<Kill> kill;
  std::optional<Loss> loss;
  Word<Note> note = Note::kNone;
  Word<Start> start = Start::kByItself;
  std::string test = {};  ///< that started it, as its runner names it; empty: not known
  /// The first files outside of the source that ran while none of the source had.
  std::vector<std::string> outside = {};
  std::string worker = {};                        ///< its name, if it is a worker of pytest-xdist
  std::optional<Brought> brought = std::nullopt;  ///< none: not counted
};

struct Session {
  std::string host;
  std::string started;  ///< RFC 3339, UTC
  std::int64_t wall_ns = 0;
  std::vector<std::string> command;
  std::optional<End> exit;
  std::int64_t dropped = 0;  ///< events that had no room
  std::int64_t grace_ns = 0;
  std::string kill;
};

/// Numbers of processes.
struct Totals {
  std::int64_t processes = 0;
  std::int64_t measured = 0;
  std::int64_t restored = 0;
  std::int64_t saved = 0;
  std::int64_t lost = 0;
};

/// What `coverage report` says of a file without and with covenv, not rounded.
struct Percents {
  double before = 0;
  double after = 0;
};

struct FileGain {
  std::string file;
  std::int64_t before = 0;  ///< lines that processes have which need no covenv
  std::int64_t after = 0;
  std::optional<Percents> percents = std::nullopt;  ///< none: coverage was not asked
};

/// The lines that combines have by covenv alone.
struct Gain {
  std::int64_t files = 0;
  std::int64_t before = 0;  ///< lines of these files
  std::int64_t after = 0;
  std::vector<FileGain> largest;
};

struct Shard {
  std::string name;
  std::string host;
  std::string started;
  std::vector<std::string> command;
  std::optional<Gain> gain = std::nullopt;
};

struct Report {
  std::string covenv;  ///< the version that wrote it
  Session session;
  Totals totals;
  std::deque<Process> processes;  ///< a vector's growth would hold many of them twice
  std::vector<Shard> shards;
  /// None in a merged report, because shards may gain the same lines, and counts do not tell.
  std::optional<Gain> gain = std::nullopt;
};

/// True if the coverage was saved when the process was killed, left by _exit, or became another
/// program; or was kept in its journal.
bool is_saved(const Process& process);

/// True if the coverage was kept in the journal, to the last line that the process ran.
bool is_kept_in_journal(const Process& process);

/// The totals of the processes.
Totals count(const std::deque<Process>& processes);

}  // namespace covenv::report
