// SPDX-License-Identifier: MIT
// The ELF files that a process runs, opened one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "shim/counters/elf_file.h"
#include "shim/native/subject.h"

namespace covenv {

/// A file that a process runs. Open for as long as the object lives.
class ObjectFile {
 public:
  /// `path`: as we reach the file; outlives the object, and so does `subject`.
  ObjectFile(Subject& subject, const char* path, const FileIdentity& identity, std::uint64_t base,
             bool is_program)
      : subject_(subject), path_(path), identity_(identity), base_(base), is_program_(is_program) {}
  ~ObjectFile();
  ObjectFile(const ObjectFile&) = delete;
  ObjectFile& operator=(const ObjectFile&) = delete;

  const FileIdentity& identity() const { return identity_; }
  /// Whether this is the program, not a library.
  bool is_program() const { return is_program_; }

  /// Opens the file, and reads the headers into `room` (ElfFile::kRoom). False if the file cannot
  /// be opened: its process may be ending.
  bool open(std::span<char> room);
  /// Requires open(), and so does loaded(). Unsound if the file is no ELF file of ours.
  const ElfFile& file() const { return *elf_; }
  LoadedObject loaded();

 private:
  Subject& subject_;
  const char* path_;
  FileIdentity identity_;
  std::uint64_t base_;
  bool is_program_;
  int file_ = -1;
  std::optional<ElfFile> elf_;
};

/// Calls visit(context, object) for each such file that can be found.
struct ObjectVisitor {
  void* context;
  void (*visit)(void* context, ObjectFile& object);
};
void for_each_object_file(Subject& subject, std::span<char> room, const ObjectVisitor& visitor);

/// The same in less time, but no object may be asked for what has been loaded(), and a library may
/// come several times. `program`: what Subject::identify_program() has found. True if the process
/// was alive at the end, and has run that program from before the call until then.
bool for_each_code_file(Subject& subject, const FileIdentity& program, std::span<char> room,
                        const ObjectVisitor& visitor);

inline constexpr std::size_t kRoomForObjectFiles = std::size_t{64} * 1024;

}  // namespace covenv
