// SPDX-License-Identifier: MIT
// A file of coverage, opened as the program would open it that the file is of: below that program's
// root and folder, with its owner and mode.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "shim/core/process_status.h"
#include "shim/counters/byte_access.h"
#include "shim/native/subject.h"

namespace covenv {

class OutputFile {
 public:
  OutputFile() = default;
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Opens `path` for reading and writing, makes the file and its folders if they are missing, and
  /// locks the file, as the runtimes do; the wait for the lock is bounded, and after a wait in vain
  /// no file is waited for, for some seconds. `room`: kMaxPath bytes.
  /// False if the path names no ordinary file (/dev/null), or the program itself could not do this.
  bool open(const Subject& subject, const ProcessStatus& status, std::string_view path,
            std::span<char> room);

  /// As open(), for a file that must not be there.
  bool create(const Subject& subject, const ProcessStatus& status, std::string_view path,
              std::span<char> room);

  /// Whether open() has failed because the path names a device (/dev/null): no file is wanted.
  bool is_unwanted() const { return is_device_; }

  /// When the file was opened.
  std::uint64_t size() const { return size_; }
  ByteSource bytes();
  /// Whether the file had bytes at open(), and was last written since the subject has started.
  bool may_be_written_by(const Subject& subject) const;

  /// Writes go behind one another from `position` on. False if a file of this size is not allowed.
  bool begin_writes(std::uint64_t position, std::uint64_t bytes);
  ByteSink sink();
  /// Takes all writes beyond the size at open() back, and removes a file that open() has made.
  void undo();
  /// Allocates room for the first `bytes`, so that a write into them cannot find the disk full.
  bool reserve(std::uint64_t bytes) const;

 private:
  bool enter_folder(const Subject& subject, const ProcessStatus& status, std::string_view path,
                    std::span<char> room, bool makes_folders);
  bool open_in_folder(const ProcessStatus& status, const char* name, bool must_be_new);
  bool measure();
  bool lock();
  bool write(std::span<const char> bytes);

  int folder_ = -1;
  int file_ = -1;
  const char* name_ = nullptr;  ///< in the folder; a part of the room that open() was given
  bool is_new_ = false;
  bool is_device_ = false;
  /// No link is followed, and no folder made, because the path is another user's word, or means
  /// something else below a root that is not ours.
  bool is_guarded_ = false;
  bool is_writer_ = false;  ///< the one of this process that writes files
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

/// Whether a folder, as the subject sees it, has a file whose name begins so. `room`: kMaxPath
/// bytes.
bool has_file_with(const Subject& subject, std::string_view folder, std::string_view begin,
                   std::span<char> room);

/// Whether a file of this path is there, as the subject sees it. `room`: kMaxPath bytes.
bool is_file_of(const Subject& subject, std::string_view path, std::span<char> room);

}  // namespace covenv
