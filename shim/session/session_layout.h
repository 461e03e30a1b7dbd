// SPDX-License-Identifier: MIT
// The memory of a session: what `covenv run` and the processes below it have in common. A header,
// then records, each written once, by whoever has claimed its number.
//
// A process may die at any instruction. Whoever may truncate the file may kill its writers as well:
// nothing is done about that. A record that is not whole is skipped by the reader; one
// for which there is no room is counted; nobody waits for anybody.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "shim/proc/pid_table.h"

namespace covenv {

inline constexpr std::uint64_t kSessionMagic = 0x53'56'4e'45'56'4f'43'31;  // "1COVENVS"
inline constexpr std::uint32_t kSessionVersion = 3;
/// Where sessions are; COVENV_SESSION holds the name in it.
inline constexpr const char* kSessionFolder = "/dev/shm/";
inline constexpr std::size_t kMaxSessionName = 64;

enum class Event : std::uint8_t {
  kNone,
  kLoaded,   ///< pid: it has us; other: its parent; text: its command line
  kExec,     ///< pid is about to execute; detail: Image; text: the program, the restored names
  kSpawned,  ///< the same of a child that other has started
  kArmed,    ///< pid is measured; other: its parent; flags: kJournalled, kJournalOff; text: its
             ///< command line
  kSaving,   ///< pid has its interpreter's lock, and begins to save
  kSaved,    ///< pid; detail: SaveReason; value: the signal that it now dies of; took
  kEnded,    ///< other has ended pid; detail: EndingKind; value: the signal that was wanted; took
  kReaped,   ///< other has waited for pid; value: the status, as wait() has it
  kWrapped,  ///< pid is a sigforward, other its command, value its parent; took: the grace; text
  kKept,     ///< other has made data of the journal of pid; value: words that had no room, or
             ///< kErased; text: why it could not
  kUnmeasured,  ///< pid runs a Python program that coverage does not measure; flags: kOptedOut,
                ///< kStopped; text: why, and what mends it
};

enum class SaveReason : std::uint8_t {
  kAsked,
  kLeaving,
  kExec,
  kItself,  ///< coverage has come to its end; kDone: it has saved; kFailed: it should have
};

/// kKept: coverage was told to erase what the process had recorded.
inline constexpr std::int32_t kErased = -1;

/// Bits of SessionRecord::flags.
inline constexpr std::uint16_t kPreloaded = 1;   ///< kExec, kSpawned: with us in LD_PRELOAD
inline constexpr std::uint16_t kDone = 2;        ///< kSaved, kEnded: within its time
inline constexpr std::uint16_t kTextCut = 4;     ///< there was more text
inline constexpr std::uint16_t kFailed = 8;      ///< kSaved: Python raised an exception
inline constexpr std::uint16_t kOtherUser = 16;  ///< kExec: as one who has no entry here
/// kExec, kSpawned, of a static program: it is told where native coverage belongs.
inline constexpr std::uint16_t kNative = 32;
inline constexpr std::uint16_t kWanted = 64;       ///< kLoaded: its variables say what to measure
inline constexpr std::uint16_t kJournalled = 128;  ///< kArmed: it has a journal, and is not asked
inline constexpr std::uint16_t kJournalOff = 256;  ///< kArmed: COVENV_JOURNAL says that it has none
inline constexpr std::uint16_t kNoThread = 512;    ///< kSaved: there was no thread to save on
inline constexpr std::uint16_t kOptedOut = 1024;   ///< kUnmeasured: a variable of its is empty
inline constexpr std::uint16_t kStopped = 2048;    ///< kUnmeasured: the program has ended that
inline constexpr std::uint16_t kNoSource = 4096;   ///< kSaved, kKept: no line to measure has run

struct SessionRecord {
  static constexpr std::uint32_t kWhole = 1;
  static constexpr std::uint32_t kWithdrawn = 2;  ///< kExec: it did not happen

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

// What many write has cache lines of its own.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct SessionHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t owner;   ///< the user id whose processes may write
  std::uint64_t size;    ///< of the whole, in bytes
  std::int64_t started;  ///< CLOCK_MONOTONIC, nanoseconds
  std::int32_t maker;    ///< the pid of `covenv run`
  /// How many records have memory behind them; only grows. A page beyond it could be one that the
  /// file system has no room for, and to touch it would be the end of the process.
  alignas(64) std::atomic<std::uint64_t> capacity;
  alignas(64) std::atomic<std::uint64_t> claimed;  ///< at most the capacity
  std::atomic<std::uint64_t> dropped;              ///< those that had no room
  /// Whose parent, another process than the killer, is to be told SIGKILL.
  alignas(64) PidTable told;
};

/// Where the records start: page-aligned.
inline constexpr std::size_t kSessionRecords = (sizeof(SessionHeader) + 4095) / 4096 * 4096;

}  // namespace covenv
