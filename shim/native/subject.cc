// SPDX-License-Identifier: MIT
#include "shim/native/subject.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <sys/stat.h>

#include <atomic>
#include <cstring>

#include "shim/native/exact_read.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kProcPath = 64;

}  // namespace

bool is_filtered() {
  enum class Known : unsigned char { kNothing, kFree, kFiltered };
  static constinit std::atomic<Known> known{Known::kNothing};
  if (known.load(std::memory_order_relaxed) == Known::kNothing) {
    char text[4096];
    const Descriptor file("/proc/self/status", O_RDONLY);
    const long size = read_on(file.get(), text);
    const std::string_view status(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    const bool is_free = status.find("\nSeccomp:\t0\n") != std::string_view::npos;
    known.store(is_free ? Known::kFree : Known::kFiltered, std::memory_order_relaxed);
  }
  return known.load(std::memory_order_relaxed) == Known::kFiltered;
}

namespace {

/// 0, or a negated error number.
long find_identity(const char* path, FileIdentity& identity) {
  struct stat status = {};
  const long result =
      raw_syscall(SYS_newfstatat, AT_FDCWD, to_register(path), to_register(&status), 0);
  if (result != 0) return result;
  constexpr std::uint64_t kSecond = 1000000000;
  identity = {.device = status.st_dev,
              .inode = status.st_ino,
              .modified = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * kSecond +
                          static_cast<std::uint64_t>(status.st_mtim.tv_nsec)};
  return 0;
}

}  // namespace

bool identify_file(const char* path, FileIdentity& identity) {
  return find_identity(path, identity) == 0;
}

Subject::~Subject() {
  if (memory_file_ >= 0) kKernel.close(memory_file_);
}

void Subject::add_path(PathWriter& path, std::string_view tail) const {
  path.add("/proc/");
  path.add_number(static_cast<std::uint64_t>(thread_));
  path.add("/");
  path.add(tail);
}

bool Subject::identify_program(FileIdentity& identity) {
  while (true) {
    char text[kProcPath];
    PathWriter path(text);
    add_path(path, "exe");
    if (!path.finish()) return false;
    const long result = find_identity(text, identity);
    if (result == 0) return true;
    is_denied_ = result == -EACCES || result == -EPERM;
    if (is_denied_ || !take_living_thread()) return false;
  }
}

bool Subject::take_living_thread() {
  if (thread_ != pid_) return false;
  struct Search {
    pid_t leader;
    pid_t found;
  } search = {.leader = pid_, .found = 0};
  for_each_thread(
      kKernel, pid_,
      [](void* context, pid_t thread) {
        auto& into = *static_cast<Search*>(context);
        if (thread != into.leader) into.found = thread;
      },
      &search);
  if (search.found == 0) return false;
  thread_ = search.found;
  return true;
}

ByteSource Subject::memory() {
  return {.context = this, .read_bytes = [](void* context, std::uint64_t at, std::span<char> into) {
            return static_cast<Subject*>(context)->read_memory(at, into);
          }};
}

bool Subject::read_memory(std::uint64_t at, std::span<char> into) {
  if (memory_file_ < 0 && !is_filtered()) {
    long got = kKernel.read_memory(thread_, at, into);
    if (got == -ESRCH && take_living_thread()) got = kKernel.read_memory(thread_, at, into);
    // A seccomp filter, as Docker's, may deny the call alone.
    if (got != -EPERM && got != -ENOSYS) {
      return got >= 0 && static_cast<std::size_t>(got) == into.size();
    }
  }
  if (memory_file_ < 0) {
    char text[kProcPath];
    PathWriter path(text);
    add_path(path, "mem");
    if (path.finish()) memory_file_ = kKernel.open_proc(text);
  }
  is_denied_ = memory_file_ < 0;
  return read_exactly(memory_file_, at, into);
}

std::optional<std::string_view> Subject::find_variable(std::string_view name,
                                                       std::span<char> into) {
  char text[kProcPath];
  PathWriter path(text);
  add_path(path, "environ");
  if (!path.finish()) return std::nullopt;
  const Descriptor file(text, O_RDONLY);
  bool is_empty = true;
  char piece[512];
  std::size_t matched = 0;  // bytes of the name that the current entry begins with
  std::size_t size = 0;
  enum class Part : unsigned char { kName, kValue, kOther } part = Part::kName;
  for (long got = 0; (got = read_on(file.get(), piece)) > 0;) {
    is_empty = false;
    for (const char byte : std::string_view(piece, static_cast<std::size_t>(got))) {
      if (byte == '\0') {
        if (part == Part::kValue) return std::string_view(into.data(), size);
        part = Part::kName;
        matched = 0;
      } else if (part == Part::kValue) {
        if (size == into.size()) return std::nullopt;
        into[size++] = byte;
      } else if (part == Part::kName) {
        if (matched == name.size() && byte == '=') {
          part = Part::kValue;
        } else if (matched < name.size() && byte == name[matched]) {
          ++matched;
        } else {
          part = Part::kOther;
        }
      }
    }
  }
  // A thread that has ended shows no environment.
  if (is_empty && take_living_thread()) return find_variable(name, into);
  return std::nullopt;
}

std::span<const char> Subject::read_file(std::string_view tail, std::span<char> into) const {
  char text[kProcPath];
  PathWriter path(text);
  add_path(path, tail);
  if (!path.finish()) return {};
  const Descriptor file(text, O_RDONLY);
  std::size_t size = 0;
  while (size < into.size()) {
    const long got = read_on(file.get(), into.subspan(size));
    if (got == 0) return into.first(size);
    if (got < 0) return {};
    size += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace covenv
