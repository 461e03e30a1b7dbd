// SPDX-License-Identifier: MIT
#include "executable_file.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <sys/stat.h>

#include <string_view>

#include "core/entry.h"
#include "core/executable.h"
#include "core/known_runtime.h"
#include "libc.h"
#include "raw_syscall.h"

namespace covenv {
namespace {

// The kernel's own limit on scripts whose interpreter is a script.
constexpr int kMaxScriptDepth = 5;
// Longer candidates are not looked at: the stack may be a signal's.
constexpr std::size_t kMaxCandidate = 1024;

std::size_t read_at(void* context, std::uint64_t offset, std::span<char> into) {
  const long got = raw_syscall(SYS_pread64, *static_cast<int*>(context), to_register(into.data()),
                               static_cast<long>(into.size()), static_cast<long>(offset));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// Only regular files are opened: a FIFO would wait for a writer, and devices can act on being
/// opened. A negated error number where that fails.
int open_regular(int dirfd, const char* path) {
  struct stat status = {};
  const long result =
      raw_syscall(SYS_newfstatat, dirfd, to_register(path), to_register(&status), 0);
  if (result < 0) return static_cast<int>(result);
  if (!S_ISREG(status.st_mode)) return -EACCES;
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  return static_cast<int>(raw_syscall(SYS_openat, dirfd, to_register(path), kFlags));
}

void inspect(int dirfd, const char* path, ImageReport& report) {
  report.image = Image::kUnknown;
  int fd = open_regular(dirfd, path);
  if (fd < 0) return;
  inspect_executable({.context = &fd, .read_at = read_at}, report);
  raw_syscall(SYS_close, fd);
}

std::string_view search_path() {
  char** const* const environment = environ_variable();
  for (char** entry = *environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (**entry == 'P' && has_name(*entry, "PATH") && value_of(*entry) != nullptr) {
      return value_of(*entry);
    }
  }
  return "/bin:/usr/bin";
}

/// Joins directory and file; an empty directory is the current one. False where it is too long.
bool join(std::string_view directory, std::string_view file, char (&path)[kMaxCandidate]) {
  if (directory.size() + file.size() + 2 > sizeof(path)) return false;
  char* out = path;
  for (const char byte : directory) *out++ = byte;
  if (!directory.empty()) *out++ = '/';
  for (const char byte : file) *out++ = byte;
  *out = '\0';
  return true;
}

/// The first candidate along PATH that is a program of any kind.
[[gnu::noinline]] void inspect_along_path(std::string_view file, ImageReport& report) {
  std::string_view directories = search_path();
  while (true) {
    const std::size_t colon = directories.find(':');
    const std::string_view directory(directories.data(),
                                     colon == std::string_view::npos ? directories.size() : colon);
    char path[kMaxCandidate];
    if (join(directory, file, path)) inspect(AT_FDCWD, path, report);
    if (report.image != Image::kUnknown || colon == std::string_view::npos) return;
    directories.remove_prefix(colon + 1);
  }
}

}  // namespace

DescriptorPath::DescriptorPath(int fd) {
  constexpr std::string_view kFolder = "/proc/self/fd/";
  char digits[12];
  std::size_t count = 0;
  for (unsigned rest = fd < 0 ? 0 : static_cast<unsigned>(fd); count == 0 || rest != 0;
       rest /= 10) {
    digits[count++] = static_cast<char>('0' + rest % 10);
  }
  char* out = text_;
  for (const char byte : kFolder) *out++ = byte;
  while (count != 0) *out++ = digits[--count];
  *out = '\0';
}

bool is_loadable(const char* path) {
  if (*path != '/') return true;
  const int fd = open_regular(AT_FDCWD, path);
  if (fd >= 0) raw_syscall(SYS_close, fd);
  // What there is too little of may be there again after the exec.
  return fd >= 0 || fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -EINTR;
}

bool may_load_us(const Program& program) {
  if (is_emulator(program.path)) return false;
  ImageReport report;
  if (*program.path == '\0') {
    // Opened anew: the caller's descriptor may be one that cannot be read (O_PATH).
    inspect(AT_FDCWD, DescriptorPath(program.dirfd).c_str(), report);
  } else if (program.search && std::string_view(program.path).find('/') == std::string_view::npos) {
    inspect_along_path(program.path, report);
  } else {
    inspect(program.dirfd, program.path, report);
  }
  for (int depth = 0; report.image == Image::kScript && depth < kMaxScriptDepth; ++depth) {
    char interpreter[ImageReport::kMaxInterpreter];
    __builtin_memcpy(interpreter, report.interpreter, sizeof(interpreter));
    if (is_emulator(interpreter)) return false;
    inspect(AT_FDCWD, interpreter, report);
  }
  return may_load_us(report.image);
}

}  // namespace covenv
