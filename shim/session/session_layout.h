// SPDX-License-Identifier: MIT
// The memory of a session, shared by `covenv run` and the processes below it: a header, then
// records, each with an event. Each record is written once, by the process that has claimed its
// number.
//
// A process may die at any instruction: the reader skips a record that is not whole. A record
// without room is counted. No process waits for another. A user who may truncate the file may kill
// its writers as well, so truncation is not guarded against.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "shim/proc/pid_table.h"
#include "shim/session/counters_mailbox.h"
#include "shim/session/events.h"

namespace covenv {

inline constexpr std::uint64_t kSessionMagic = 0x53'56'4e'45'56'4f'43'31;  // "1COVENVS"
inline constexpr std::uint32_t kSessionVersion = 9;
/// The folder of sessions; COVENV_SESSION holds a file's name in it.
inline constexpr const char* kSessionFolder = "/dev/shm/";
inline constexpr std::size_t kMaxSessionName = 64;

/// A record's number is its place, from 1 on; 0 is none.
struct SessionRecord {
  static constexpr std::uint32_t kWhole = 1;
  static constexpr std::uint32_t kWithdrawn = 2;  ///< an ExecEvent: the exec has failed
  static constexpr std::size_t kEventSize = 24;

  std::atomic<std::uint32_t> state;  ///< 0: not written (yet)
  Event kind;
  bool is_text_cut : 1;  ///< there was more text
  std::uint16_t text_size;
  pid_t pid;
  std::int64_t when;  ///< CLOCK_MONOTONIC, nanoseconds
  alignas(8) char event[kEventSize];
  char text[208];  ///< strings, each ended by a NUL

  template <typename E>
  void put(const E& its) {
    static_assert(sizeof(E) <= kEventSize && std::is_trivially_copyable_v<E>);
    kind = E::kKind;
    __builtin_memcpy(event, &its, sizeof(E));
  }
  /// Of a record whose kind is E's.
  template <typename E>
  E get() const {
    E its;
    __builtin_memcpy(&its, event, sizeof(E));
    return its;
  }
};
static_assert(sizeof(SessionRecord) == 256);

// Fields that many processes write have cache lines of their own.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct SessionHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t owner;                 ///< the user id whose processes may write
  std::uint64_t size;                  ///< of the whole, in bytes
  std::int64_t started;                ///< CLOCK_MONOTONIC, nanoseconds
  std::int32_t maker;                  ///< the pid of `covenv run`
  std::atomic<std::uint32_t> summary;  ///< that the suite's own report has shown last; 0: none
  /// How many records have memory; only grows. A write to a record beyond could be a SIGBUS, if the
  /// file system has no room for its page.
  alignas(64) std::atomic<std::uint64_t> capacity;
  alignas(64) std::atomic<std::uint64_t> claimed;  ///< at most the capacity
  std::atomic<std::uint64_t> dropped;              ///< records that had no room
  /// Processes whose parent, which is not the killer, is to be told SIGKILL.
  alignas(64) PidTable told;
  /// What killers ask of the maker.
  alignas(64) CountersMailbox counters;
};

/// The offset of the first record, page-aligned.
inline constexpr std::size_t kSessionRecords = (sizeof(SessionHeader) + 4095) / 4096 * 4096;

}  // namespace covenv
