// SPDX-License-Identifier: MIT
#include "shim/native/object_file.h"

#include <fcntl.h>

#include "shim/native/exact_read.h"
#include "shim/native/mapped_objects.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

/// The loader, libc, which the runtimes of counters need themselves, and covenv: most programs have
/// no other library.
bool is_never_counted(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  for (const std::string_view start : {"ld-linux", "ld-musl-", "libc.so.", "libcovenv.so"}) {
    if (path.starts_with(start)) return true;
  }
  return false;
}

/// Finds the files of mapped objects, as we reach them.
class Walk {
 public:
  Walk(Subject& subject, std::span<char> room, const ObjectVisitor& visitor)
      : subject_(subject),
        program_(room.first(Subject::kMaxPath)),
        path_(room.subspan(Subject::kMaxPath, Subject::kMaxPath)),
        lines_(room.subspan(2 * Subject::kMaxPath)),
        visitor_(visitor) {}

  void run() {
    PathWriter link(path_);
    subject_.add_path(link, "exe");
    if (!link.finish()) return;
    const long size = kKernel.read_link(path_.data(), program_);
    if (size <= 0) return;
    program_ = program_.first(static_cast<std::size_t>(size));
    for_each_object(subject_, lines_, visitor_of<&Walk::look_at>());
  }

  bool run_without_bases(const FileIdentity& program) {
    if (write_path("exe", {})) visit(program, 0, true);
    known_ = program_file_ = program;
    const MappedObjectVisitor each = visitor_of<&Walk::look_at_library>();
    // Each query needs memory that lives, and an exec gives a process another memory.
    if (for_each_code_mapping(subject_, each)) return is_program_mapped_;
    for_each_object(subject_, lines_, each);
    return false;
  }

 private:
  template <void (Walk::*kLookAt)(const MappedObject&)>
  MappedObjectVisitor visitor_of() {
    return {.context = this, .visit = [](void* context, const MappedObject& object) {
              (static_cast<Walk*>(context)->*kLookAt)(object);
            }};
  }

  void look_at(const MappedObject& object) {
    FileIdentity identity;
    const bool is_program = object.path == std::string_view(program_.data(), program_.size());
    if (!is_program && is_never_counted(object.path)) return;
    if (find_file(object, is_program, identity)) visit(identity, object.base, is_program);
  }

  void look_at_library(const MappedObject& object) {
    FileIdentity identity;
    if (object.inode == program_file_.inode && object.device == program_file_.device) {
      is_program_mapped_ = true;
    }
    const bool is_known = object.inode == known_.inode && object.device == known_.device;
    if (is_known || is_never_counted(object.path) || !find_file(object, false, identity)) return;
    if (identity != known_) visit(identity, 0, false);
    known_ = identity;
  }

  void visit(const FileIdentity& identity, std::uint64_t base, bool is_program) {
    ObjectFile file(subject_, path_.data(), identity, base, is_program);
    visitor_.visit(visitor_.context, file);
  }

  /// The program by its link, which finds a deleted file, too. A library by its path, which the
  /// kernel gives as seen from our root; it is another file there if the process has a root of its
  /// own that we do not reach (a container).
  bool find_file(const MappedObject& object, bool is_program, FileIdentity& identity) {
    if (is_program) return write_path("exe", {}) && identify_file(path_.data(), identity);
    if (copy_path(object.path) && identify_file(path_.data(), identity) &&
        identity.inode == object.inode) {
      return true;
    }
    return write_path("root", object.path) && identify_file(path_.data(), identity);
  }

  bool copy_path(std::string_view path) {
    PathWriter writer(path_);
    writer.add(path);
    return writer.finish();
  }

  bool write_path(std::string_view link, std::string_view path) {
    PathWriter writer(path_);
    subject_.add_path(writer, link);
    writer.add(path);
    return writer.finish();
  }

  Subject& subject_;
  std::span<char> program_;
  std::span<char> path_;
  std::span<char> lines_;
  FileIdentity known_;  ///< of the last file
  FileIdentity program_file_;
  bool is_program_mapped_ = false;
  const ObjectVisitor& visitor_;
};

}  // namespace

ObjectFile::~ObjectFile() {
  if (file_ >= 0) kKernel.close(file_);
}

bool ObjectFile::open(std::span<char> room) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  file_ = static_cast<int>(raw_syscall(SYS_openat, AT_FDCWD, to_register(path_), kFlags));
  if (file_ < 0) return false;
  elf_.emplace(bytes_of(file_), room);
  return true;
}

LoadedObject ObjectFile::loaded() {
  return {.file = *elf_, .memory = subject_.memory(), .bias = base_ - elf_->first_address()};
}

void for_each_object_file(Subject& subject, std::span<char> room, const ObjectVisitor& visitor) {
  Walk(subject, room, visitor).run();
}

bool for_each_code_file(Subject& subject, const FileIdentity& program, std::span<char> room,
                        const ObjectVisitor& visitor) {
  return Walk(subject, room, visitor).run_without_bases(program);
}

}  // namespace covenv
