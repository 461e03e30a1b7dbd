// SPDX-License-Identifier: MIT
// A process whose memory and files are read: another one, or this one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shim/counters/byte_access.h"
#include "shim/proc/path_writer.h"

namespace covenv {

/// What tells one program's file from another, and from a later build of it.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t modified = 0;  ///< nanoseconds

  bool operator==(const FileIdentity&) const = default;
};

/// Whether a seccomp filter is upon this process. It may be older than the program, and kill for
/// calls that programs rarely make; such calls are then left out.
bool is_filtered();

/// False if there is no such file.
bool identify_file(const char* path, FileIdentity& identity);

class Subject {
 public:
  static constexpr std::size_t kMaxPath = 4096;

  /// The caller keeps `pid` from being another process's: by a pidfd, or because it is its child.
  explicit Subject(pid_t pid) : pid_(pid), thread_(pid) {}
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  pid_t pid() const { return pid_; }

  /// False if the process has ended, or shows nothing (a kernel thread, another user's).
  bool identify_program(FileIdentity& identity);

  /// Reads by another thread from now on, because the leading one may have ended. False if no other
  /// lives.
  bool take_living_thread();

  /// "/proc/<thread>/<tail>": all that /proc says of a process whose leading thread may have ended.
  void add_path(PathWriter& path, std::string_view tail) const;

  /// The memory, by address. Every read takes a call or two of the kernel.
  ByteSource memory();

  /// Whether the kernel has refused the last read, or to name the program (Yama, another user,
  /// seccomp, PR_SET_DUMPABLE).
  bool is_denied() const { return is_denied_; }

  /// Finds a variable of the environment with which the program was started, and copies the value
  /// into `into`. std::nullopt if the variable is not there, or has no room.
  std::optional<std::string_view> find_variable(std::string_view name, std::span<char> into);

  /// Reads a whole file of /proc. Empty if the file cannot be read or has no room.
  std::span<const char> read_file(std::string_view tail, std::span<char> into) const;

 private:
  bool read_memory(std::uint64_t at, std::span<char> into);

  pid_t pid_;
  pid_t thread_;
  int memory_file_ = -1;
  bool is_denied_ = false;
};

}  // namespace covenv
