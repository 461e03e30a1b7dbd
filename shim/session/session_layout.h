// SPDX-License-Identifier: MIT
// The memory of a session, shared by `covenv run` and the processes below it: a header, then
// records. Each record is written once, by the process that has claimed its number.
//
// A process may die at any instruction: the reader skips a record that is not whole. A record
// without room is counted. No process waits for another. A user who may truncate the file may kill
// its writers as well, so truncation is not guarded against.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "shim/proc/pid_table.h"

namespace covenv {

inline constexpr std::uint64_t kSessionMagic = 0x53'56'4e'45'56'4f'43'31;  // "1COVENVS"
inline constexpr std::uint32_t kSessionVersion = 3;
/// The folder of sessions; COVENV_SESSION holds a file's name in it.
inline constexpr const char* kSessionFolder = "/dev/shm/";
inline constexpr std::size_t kMaxSessionName = 64;

enum class Event : std::uint8_t {
  kNone,
  kLoaded,   ///< pid has loaded the library; other: its parent; text: its command line
  kExec,     ///< pid is about to execute; detail: Image; text: the program, the restored names
  kSpawned,  ///< the same as kExec, for a child that other has started
  kArmed,    ///< pid is measured; other: its parent; flags: kJournalled, kJournalOff; text: its
             ///< command line
  kSaving,   ///< pid has its interpreter's lock, and begins to save
  kSaved,    ///< pid has saved; detail: SaveReason; value: the signal that it dies of next; took
  kEnded,    ///< other has ended pid; detail: EndingKind; value: the killer's signal; took
  kReaped,   ///< other has waited for pid; value: the status, as wait() gives it
  kWrapped,  ///< pid is a sigforward, other its command, value its parent; took: the grace; text
  kKept,     ///< other has made data of the journal of pid; value: words that had no room, or
  ///< kErased; text: why it could not
  kUnmeasured,  ///< pid runs a Python program that coverage does not measure; flags: kOptedOut,
  ///< kStopped; text: why, and what fixes that
};

enum class SaveReason : std::uint8_t {
  kAsked,
  kLeaving,
  kExec,
  kItself,  ///< coverage has ended by itself; kDone: it has saved; kFailed: a save is missing
};

/// kKept: coverage was told to erase what the process had recorded.
inline constexpr std::int32_t kErased = -1;
/// kKept: a process below a measured one has erased a data file that the process had saved.
inline constexpr std::int32_t kErasedData = -2;

/// Bits of SessionRecord::flags.
inline constexpr std::uint16_t kPreloaded = 1;   ///< kExec, kSpawned: our library in LD_PRELOAD
inline constexpr std::uint16_t kDone = 2;        ///< kSaved, kEnded: within its time
inline constexpr std::uint16_t kTextCut = 4;     ///< there was more text
inline constexpr std::uint16_t kFailed = 8;      ///< kSaved: Python raised an exception
inline constexpr std::uint16_t kOtherUser = 16;  ///< kExec: by a user who cannot join
/// kExec, kSpawned, of a static program: a variable tells it where its coverage belongs.
inline constexpr std::uint16_t kNative = 32;
inline constexpr std::uint16_t kWanted = 64;       ///< kLoaded: a variable starts coverage in it
inline constexpr std::uint16_t kJournalled = 128;  ///< kArmed: it has a journal, and is not asked
inline constexpr std::uint16_t kJournalOff = 256;  ///< kArmed: COVENV_JOURNAL forbids a journal
inline constexpr std::uint16_t kNoThread = 512;    ///< kSaved: there was no thread to save on
inline constexpr std::uint16_t kOptedOut = 1024;   ///< kUnmeasured: by a variable that is empty
inline constexpr std::uint16_t kStopped = 2048;    ///< kUnmeasured: the program has ended measuring
/// kSaved, kKept, kUnmeasured: no line to measure has run (yet).
inline constexpr std::uint16_t kNoSource = 4096;
inline constexpr std::uint16_t kGoesOn = 8192;  ///< kUnmeasured: after kStopped, measuring goes on

struct SessionRecord {
  static constexpr std::uint32_t kWhole = 1;
  static constexpr std::uint32_t kWithdrawn = 2;  ///< kExec: the exec has failed

  std::atomic<std::uint32_t> state;  ///< 0: not written (yet)
  Event kind;
  std::uint8_t detail;
  std::uint16_t flags;
  std::int32_t pid;
  std::int32_t other;
  std::int32_t value;
  std::uint32_t text_size;
  std::int64_t when;  ///< CLOCK_MONOTONIC, nanoseconds
  std::int64_t took;  ///< nanoseconds
  char text[216];     ///< strings, each ended by a NUL
};
static_assert(sizeof(SessionRecord) == 256);

// Fields that many processes write have cache lines of their own.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct SessionHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t owner;   ///< the user id whose processes may write
  std::uint64_t size;    ///< of the whole, in bytes
  std::int64_t started;  ///< CLOCK_MONOTONIC, nanoseconds
  std::int32_t maker;    ///< the pid of `covenv run`
  /// How many records have memory; only grows. A write to a record beyond could be a SIGBUS, if the
  /// file system has no room for its page.
  alignas(64) std::atomic<std::uint64_t> capacity;
  alignas(64) std::atomic<std::uint64_t> claimed;  ///< at most the capacity
  std::atomic<std::uint64_t> dropped;              ///< records that had no room
  /// Processes whose parent, which is not the killer, is to be told SIGKILL.
  alignas(64) PidTable told;
};

/// The offset of the first record, page-aligned.
inline constexpr std::size_t kSessionRecords = (sizeof(SessionHeader) + 4095) / 4096 * 4096;

}  // namespace covenv
