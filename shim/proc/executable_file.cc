// SPDX-License-Identifier: MIT
#include "shim/proc/executable_file.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <sys/stat.h>

#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/executable.h"
#include "shim/core/known_runtime.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

// The kernel's limit on scripts whose interpreter is a script.
constexpr int kMaxScriptDepth = 5;
// Longer candidates are skipped, because the stack may be a small sigaltstack.
constexpr std::size_t kMaxCandidate = 1024;

struct File {
  int fd;
  bool failed = false;
};

std::size_t read_at(void* context, std::uint64_t offset, std::span<char> into) {
  auto* const file = static_cast<File*>(context);
  const long got = raw_syscall(SYS_pread64, file->fd, to_register(into.data()),
                               static_cast<long>(into.size()), static_cast<long>(offset));
  if (got < 0) file->failed = true;
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// Whether an exec of a path that gives this error fails, too.
bool leads_nowhere(long error) {
  return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ELOOP ||
         error == -ENAMETOOLONG;
}

void inspect(int dirfd, const char* path, ImageReport& report) {
  report.image = Image::kUnknown;
  struct stat status = {};
  const long found = raw_syscall(SYS_newfstatat, dirfd, to_register(path), to_register(&status), 0);
  if (leads_nowhere(found)) return;
  // Only regular files are opened, because a FIFO would wait for a writer, and a device may act
  // when it is opened.
  if (found == 0 && !S_ISREG(status.st_mode)) return;
  report.image = Image::kUnreadable;
  if (found != 0) return;
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  File file{static_cast<int>(raw_syscall(SYS_openat, dirfd, to_register(path), kFlags))};
  if (file.fd < 0) {
    // Without read permission the file can still be executed; mostly it is of a kind that loads us.
    if (file.fd == -EACCES) report.image = Image::kUnknown;
    return;
  }
  inspect_executable({.context = &file, .read_at = read_at}, report);
  if (file.failed) report.image = Image::kUnreadable;
  raw_syscall(SYS_close, file.fd);
}

std::string_view search_path(const char* const* environment) {
  for (const char* const* entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    if (**entry == 'P' && has_name(*entry, "PATH") && value_of(*entry) != nullptr) {
      return value_of(*entry);
    }
  }
  return "/bin:/usr/bin";
}

/// Joins directory and file; an empty directory is the current one. False if that is too long.
bool join(std::string_view directory, std::string_view file, char (&path)[kMaxCandidate]) {
  if (directory.size() + file.size() + 2 > sizeof(path)) return false;
  char* out = path;
  for (const char byte : directory) *out++ = byte;
  if (!directory.empty()) *out++ = '/';
  for (const char byte : file) *out++ = byte;
  *out = '\0';
  return true;
}

/// Inspects the candidates along PATH up to the first that is a program of any kind.
[[gnu::noinline]] void inspect_along_path(std::string_view file, const char* const* environment,
                                          ImageReport& report) {
  std::string_view directories = search_path(environment);
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

Image image_of(const Program& program, const char* const* environment) {
  if (is_emulator(program.path)) return Image::kForeign;
  ImageReport report;
  if (*program.path == '\0') {
    // Opened anew, because the caller's descriptor may not allow reads (O_PATH).
    inspect(AT_FDCWD, DescriptorPath(program.dirfd).c_str(), report);
  } else if (program.search && std::string_view(program.path).find('/') == std::string_view::npos) {
    inspect_along_path(program.path, environment, report);
  } else {
    inspect(program.dirfd, program.path, report);
  }
  for (int depth = 0; report.image == Image::kScript && depth < kMaxScriptDepth; ++depth) {
    char interpreter[ImageReport::kMaxInterpreter];
    __builtin_memcpy(interpreter, report.interpreter, sizeof(interpreter));
    if (is_emulator(interpreter)) return Image::kForeign;
    inspect(AT_FDCWD, interpreter, report);
  }
  return report.image;
}

}  // namespace covenv
