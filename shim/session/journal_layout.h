// SPDX-License-Identifier: MIT
// The file of a journal: a header of 4096 bytes, then words (core/journal_words.h). One process
// writes, under CPython's lock; the file outlives the process. `used` counts whole words and is
// written last, so a process may die at any instruction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace covenv {

inline constexpr std::uint64_t kJournalMagic = 0x4a'56'4e'45'56'4f'43'31;  // "1COVENVJ"
inline constexpr std::uint32_t kJournalVersion = 1;
/// The folder of journals, unless COVENV_JOURNAL names another, or there is no room.
inline constexpr const char* kJournalFolder = "/dev/shm";
/// A file's name: the prefix, 16 hexadecimal digits for the data file, the pid, 16 random digits.
inline constexpr const char* kJournalPrefix = ".covenv-j-";

struct JournalHeader {
  std::uint64_t magic;  ///< written after all but the counters
  std::uint32_t version;
  std::uint32_t owner;  ///< user id
  std::int32_t pid;     ///< as the process sees itself
  std::int32_t reserved;
  std::uint64_t start_time;            ///< the process's: clock ticks since boot, /proc/<pid>/stat
  std::uint64_t pid_namespace;         ///< inode of /proc/self/ns/pid
  std::atomic<std::uint64_t> used;     ///< whole words
  std::atomic<std::uint64_t> dropped;  ///< words that had no room
  std::atomic<std::uint64_t> taken;  ///< of `used`, those that became data while the process lived
  char run[64];                      ///< the run of the process; all strings end with a NUL
  char data_file[1024];              ///< coverage's, absolute
  char executable[1024];             ///< the interpreter
  char home[1024];                   ///< the folder that coverage was imported from
};

/// The offset of the first word.
inline constexpr std::size_t kJournalWords = 4096;
static_assert(sizeof(JournalHeader) <= kJournalWords);

}  // namespace covenv
