// SPDX-License-Identifier: MIT
#include "shim/coverage/code_file.h"

#include <linux/errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/coverage/python_sources.h"
#include "shim/loader/libc.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/kernel.h"
#include "shim/proc/new_file.h"
#include "shim/proc/path_writer.h"
#include "shim/python/python_api.h"

namespace covenv {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

/// Where a run's file for this Python is. Empty if the run has no proper name.
class Path {
 public:
  Path() = default;
  explicit Path(std::string_view run) {
    const auto is_proper = [](char byte) {
      return byte == '-' || (byte >= '0' && byte <= '9') ||
             ((byte | 32) >= 'a' && (byte | 32) <= 'z');
    };
    if (run.empty() || !std::all_of(run.begin(), run.end(), is_proper)) return;
    PathWriter path(text_);
    path.add(kCodeFileFolder);
    path.add(kCodeFilePrefix);
    path.add(run);
    path.add("-");
    path.add_number(static_cast<std::uint64_t>(PyImport_GetMagicNumber()));
    if (!path.finish()) text_[0] = '\0';
  }

  explicit operator bool() const { return text_[0] != '\0'; }
  const char* get() const { return text_; }

 private:
  char text_[128] = {};
};

/// The file that this process has written, or is about to.
constinit Path own_file;
constinit pid_t owner = 0;

std::string_view run_of_environment() {
  for (const std::string_view name : {"COVENV_RUN", "COVENV_SESSION"}) {
    const char* const value = value_in(*environ_variable(), name);
    if (value != nullptr) return value;
  }
  return {};
}

bool is_to_trust(const struct stat& status) {
  return S_ISREG(status.st_mode) && (status.st_mode & 077U) == 0 && status.st_nlink == 1 &&
         status.st_uid == static_cast<uid_t>(raw_syscall(SYS_geteuid)) &&
         // A process that has lowered its rights for a while could get them back.
         status.st_uid == static_cast<uid_t>(raw_syscall(SYS_getuid)) &&
         static_cast<std::size_t>(status.st_size) > sizeof(CodeFileHeader) &&
         static_cast<std::size_t>(status.st_size) < kMostBytes;
}

bool fits(const CodeFileHeader& header, std::size_t size) {
  if (header.magic != kCodeFileMagic || header.sources != kSourcesTag ||
      header.bytecode != PyImport_GetMagicNumber()) {
    return false;
  }
  std::size_t end = sizeof(header);
  for (const std::uint64_t next : header.ends) {
    if (next < end || next > size) return false;
    end = next;
  }
  return true;
}

/// Maps the file, and returns it if it is to be trusted.
const CodeFileHeader* open_file() {
  const Path path(run_of_environment());
  if (!path) return nullptr;
  const Descriptor file(path.get(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status = {};
  if (file.get() < 0 || raw_syscall(SYS_fstat, file.get(), to_register(&status)) != 0 ||
      !is_to_trust(status)) {
    return nullptr;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  const long address =
      raw_syscall(SYS_mmap, 0, static_cast<long>(size), PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (is_error(address)) return nullptr;
  const auto* const header = reinterpret_cast<const CodeFileHeader*>(address);
  if (fits(*header, size)) return header;
  raw_syscall(SYS_munmap, address, static_cast<long>(size));
  return nullptr;
}

bool can_marshal() {
  return PyMarshal_ReadObjectFromString != nullptr && PyMarshal_WriteObjectToString != nullptr &&
         PyImport_GetMagicNumber != nullptr;
}

/// One write, because tmpfs takes all or has no room.
bool write_whole(int fd, std::string_view bytes) {
  const auto size = static_cast<long>(bytes.size());
  return raw_syscall(SYS_write, fd, to_register(bytes.data()), size) == size;
}

std::string_view bytes_of(const PyRef& marshalled) {
  char* text = nullptr;
  std::ptrdiff_t size = 0;
  if (!marshalled || PyBytes_AsStringAndSize(marshalled.get(), &text, &size) != 0) return {};
  return {text, static_cast<std::size_t>(size)};
}

void remove_own_file() {
  if (owner != own_pid()) return;
  raw_syscall(SYS_unlinkat, AT_FDCWD, to_register(own_file.get()), 0);
}

}  // namespace

PyRef object_from_file(std::size_t index) {
  static constinit bool has_looked = false;
  static constinit const CodeFileHeader* file = nullptr;
  if (!has_looked && can_marshal()) file = open_file();
  has_looked = true;
  if (file == nullptr) return PyRef();
  const std::size_t begin = index == 0 ? sizeof(CodeFileHeader) : file->ends[index - 1];
  PyRef object(
      PyMarshal_ReadObjectFromString(reinterpret_cast<const char*>(file) + begin,
                                     static_cast<std::ptrdiff_t>(file->ends[index] - begin)));
  if (!object) PyErr_Clear();
  return object;
}

bool may_write_code_file(const char* run) {
  const char* const name = value_of(run);
  if (!can_marshal() || name == nullptr) return false;
  own_file = Path(name);
  return own_file &&
         raw_syscall(SYS_faccessat, AT_FDCWD, to_register(own_file.get()), 0) == -ENOENT;
}

void write_code_file(const PyRef (&objects)[kObjectsInFile]) {
  // CPython 3.14 writes slices that are constants only from version 5 on. An older one takes the
  // number as its newest.
  constexpr int kMarshalVersion = 5;
  CodeFileHeader header = {.magic = kCodeFileMagic,
                           .pid = own_pid(),
                           .start_time = own_start_time(),
                           .pid_namespace = pid_namespace(),
                           .sources = kSourcesTag,
                           .bytecode = PyImport_GetMagicNumber(),
                           .ends = {}};
  PyRef marshalled[kObjectsInFile];
  std::uint64_t end = sizeof(header);
  for (std::size_t i = 0; i < kObjectsInFile; ++i) {
    if (!objects[i]) return;
    marshalled[i] = PyRef(PyMarshal_WriteObjectToString(objects[i].get(), kMarshalVersion));
    if (!marshalled[i]) return;
    end += bytes_of(marshalled[i]).size();
    header.ends[i] = end;
  }
  if (!may_have_size(end)) return;
  char temporary[160];
  PathWriter path(temporary);
  path.add(own_file.get());
  path.add("~");
  path.add_number(static_cast<std::uint64_t>(own_pid()));
  if (!path.finish()) return;
  bool is_whole = false;
  {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (file.get() < 0) return;
    is_whole = write_whole(file.get(), {reinterpret_cast<const char*>(&header), sizeof(header)});
    for (const PyRef& bytes : marshalled)
      is_whole = is_whole && write_whole(file.get(), bytes_of(bytes));
  }
  is_whole = is_whole && raw_syscall(SYS_renameat2, AT_FDCWD, to_register(temporary), AT_FDCWD,
                                     to_register(own_file.get()), 0) == 0;
  if (!is_whole) {
    raw_syscall(SYS_unlinkat, AT_FDCWD, to_register(temporary), 0);
    return;
  }
  owner = own_pid();
  Py_AtExit(remove_own_file);
}

}  // namespace covenv
