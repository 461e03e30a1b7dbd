// SPDX-License-Identifier: MIT
#include "shim/native/output_file.h"

#include <fcntl.h>
#include <linux/errno.h>
#include <sys/stat.h>
#include <time.h>

#include <atomic>
#include <cstring>

#include "shim/native/exact_read.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/folder_entries.h"
#include "shim/proc/kernel.h"
#include "shim/proc/new_file.h"
#include "shim/proc/process.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

/// The process of which a thread writes files, or 0. A child that is forked meanwhile finds its
/// parent's pid here.
constinit std::atomic<pid_t> writer{0};
/// After a wait for a lock in vain.
constinit std::atomic<std::int64_t> impatient_until{0};

/// Whether no other thread of this process writes. In a child that was forked meanwhile no thread
/// does, whatever the pid says.
bool become_writer() {
  const pid_t self = own_pid();
  pid_t found = writer.load(std::memory_order_relaxed);
  return found != self && writer.compare_exchange_strong(found, self);
}

constexpr int kFileFlags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr mode_t kFileMode = 0666;
constexpr mode_t kFolderMode = 0755;

/// Whether the kernel gives us other files than the program. An ordinary user cannot even read a
/// process of another one, so this is root.
bool is_foreign(const ProcessStatus& status) {
  return static_cast<uid_t>(raw_syscall(SYS_geteuid)) != status.user;
}

/// Whether the program may write, by the mode alone. Root must not write for another user where
/// that user could not, because the path is that user's word.
bool may_write(const struct stat& file, const ProcessStatus& status) {
  const mode_t right = file.st_uid == status.user    ? S_IWUSR
                       : file.st_gid == status.group ? S_IWGRP
                                                     : S_IWOTH;
  return (file.st_mode & right) != 0;
}

bool describe(int fd, struct stat& status) {
  return raw_syscall(SYS_fstat, fd, to_register(&status)) == 0;
}

void give_to(int fd, const ProcessStatus& status, mode_t mode) {
  if (is_foreign(status)) raw_syscall(SYS_fchown, fd, status.user, status.group);
  raw_syscall(SYS_fchmod, fd, mode & ~status.umask);
}

/// The unit of start times: USER_HZ is 100 on each machine that we know.
constexpr std::int64_t kClockTick = 10'000'000;

std::int64_t nanoseconds_of(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::int64_t nanoseconds(clockid_t clock) {
  timespec now = {};
  raw_syscall(SYS_clock_gettime, clock, to_register(&now));
  return nanoseconds_of(now);
}

/// Writes the path as we reach it into `room`. Returns where the program's own words begin in it;
/// 0 if there is no room.
std::size_t place(const Subject& subject, std::string_view path, std::span<char> room) {
  PathWriter link(room);
  subject.add_path(link, path.starts_with('/') ? "root" : "cwd/");
  if (!link.finish()) return 0;
  const std::size_t size = std::strlen(room.data());
  PathWriter own_words(room.subspan(size));
  own_words.add(path);
  return own_words.finish() ? size : 0;
}

/// The last slash of a path; every path of ours has one.
char* last_slash(char* path) {
  char* last = path;
  for (char* at = path; *at != '\0'; ++at) {
    if (*at == '/') last = at;
  }
  return last;
}

/// Whether absolute paths, as links hold them, mean the same there as here.
bool has_our_root(const Subject& subject) {
  char text[64];
  PathWriter path(text);
  subject.add_path(path, "root/");
  FileIdentity theirs;
  FileIdentity ours;
  return path.finish() && identify_file(text, theirs) && identify_file("/", ours) && theirs == ours;
}

/// The folder of a path in `room` whose last slash has become a NUL. Behind the first `own_words`
/// bytes, which are a link of /proc, links are followed only if `follow` is true.
int open_folder(std::span<char> room, std::size_t own_words, bool follow) {
  constexpr long kFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const auto open_at = [](int folder, const char* name, long flags) {
    return static_cast<int>(raw_syscall(SYS_openat, folder, to_register(name), flags));
  };
  if (follow) return open_at(AT_FDCWD, room.data(), kFlags);
  const char first = room[own_words];
  room[own_words] = '\0';
  int folder = open_at(AT_FDCWD, room.data(), kFlags);
  room[own_words] = first;
  // Name by name, because older kernels and qemu have no openat2(), which could do it at once.
  for (char* name = &room[own_words]; folder >= 0 && *name != '\0';) {
    char* end = name;
    while (*end != '\0' && *end != '/') ++end;
    const char behind = *end;
    *end = '\0';
    if (end != name) {
      const int next = open_at(folder, name, kFlags | O_NOFOLLOW);
      kKernel.close(folder);
      folder = next;
    }
    *end = behind;
    name = behind == '\0' ? end : end + 1;
  }
  return folder;
}

/// Makes the folders of a path that are missing, as the runtimes do. `own_words`: where the path
/// stops to be ours.
void make_folders(char* path, std::size_t own_words, const ProcessStatus& status) {
  for (char* at = path + own_words + 1; *at != '\0'; ++at) {
    if (*at != '/') continue;
    *at = '\0';
    if (raw_syscall(SYS_mkdirat, AT_FDCWD, to_register(path), kFolderMode & ~status.umask) == 0) {
      const Descriptor made(path, O_RDONLY | O_DIRECTORY);
      if (made.get() >= 0) give_to(made.get(), status, kFolderMode);
    }
    *at = '/';
  }
}

}  // namespace

OutputFile::~OutputFile() {
  if (file_ >= 0) kKernel.close(file_);
  if (is_writer_) writer.store(0);
  if (folder_ >= 0) kKernel.close(folder_);
}

bool OutputFile::open(const Subject& subject, const ProcessStatus& status, std::string_view path,
                      std::span<char> room) {
  return enter_folder(subject, status, path, room, true) && open_in_folder(status, name_, false) &&
         lock() && measure();
}

bool OutputFile::create(const Subject& subject, const ProcessStatus& status, std::string_view path,
                        std::span<char> room) {
  return enter_folder(subject, status, path, room, false) && open_in_folder(status, name_, true);
}

bool OutputFile::enter_folder(const Subject& subject, const ProcessStatus& status,
                              std::string_view path, std::span<char> room, bool makes_folders) {
  const std::size_t own_words = place(subject, path, room);
  if (own_words == 0) return false;
  char* const slash = last_slash(room.data());
  name_ = slash + 1;
  *slash = '\0';
  is_guarded_ = is_foreign(status) || !has_our_root(subject);
  folder_ = open_folder(room, own_words, !is_guarded_);
  if (folder_ == -ENOENT && makes_folders && !is_guarded_) {
    *slash = '/';
    make_folders(room.data(), own_words, status);
    *slash = '\0';
    folder_ = open_folder(room, own_words, true);
  }
  return folder_ >= 0;
}

bool OutputFile::open_in_folder(const ProcessStatus& status, const char* name, bool must_be_new) {
  const bool foreign = is_foreign(status);
  const int follow = is_guarded_ ? O_NOFOLLOW : 0;
  struct stat found = {};
  const long result = raw_syscall(SYS_newfstatat, folder_, to_register(name), to_register(&found),
                                  is_guarded_ ? AT_SYMLINK_NOFOLLOW : 0);
  if (result == 0) {
    is_device_ = S_ISCHR(found.st_mode);
    if (must_be_new || !S_ISREG(found.st_mode)) return false;
    file_ =
        static_cast<int>(raw_syscall(SYS_openat, folder_, to_register(name), kFileFlags | follow));
    if (file_ < 0 || !describe(file_, found) || !S_ISREG(found.st_mode)) return false;
    return !foreign || may_write(found, status);
  }
  if (foreign && (!describe(folder_, found) || !may_write(found, status))) return false;
  file_ = static_cast<int>(raw_syscall(SYS_openat, folder_, to_register(name),
                                       kFileFlags | O_CREAT | O_EXCL, kFileMode));
  if (file_ < 0) return false;
  is_new_ = true;
  give_to(file_, status, kFileMode);
  return true;
}

// A lock of the process, as the runtimes take it, because a lock of the open file would go on in a
// child that another thread forks meanwhile. It does not keep threads of this process apart, so one
// of them writes at a time.
bool OutputFile::lock() {
  constexpr std::int64_t kPatience = 1000000000;
  constexpr std::int64_t kBetween = 1000000;
  const bool is_patient = kKernel.now() >= impatient_until.load(std::memory_order_relaxed);
  const Deadline deadline(kKernel, is_patient ? kPatience : 0);
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  while (true) {
    is_writer_ = is_writer_ || become_writer();
    const long result =
        is_writer_ ? raw_syscall(SYS_fcntl, file_, F_SETLK, to_register(&whole)) : -EAGAIN;
    // Some file systems have no locks; the runtimes go on without, too.
    if (result != -EAGAIN && result != -EACCES) return true;
    if (deadline.left() == 0) break;
    kKernel.sleep(kBetween);
  }
  if (is_patient) impatient_until.store(kKernel.now() + 10 * kPatience, std::memory_order_relaxed);
  return false;
}

/// Once the file is locked, because it may have grown until then.
bool OutputFile::measure() {
  struct stat found = {};
  if (!describe(file_, found)) return false;
  size_ = static_cast<std::uint64_t>(found.st_size);
  return true;
}

ByteSource OutputFile::bytes() { return bytes_of(file_); }

bool OutputFile::may_be_written_by(const Subject& subject) const {
  // The kernel stamps files by a clock that lags up to a tick of HZ behind.
  constexpr std::int64_t kTick = 10'000'000;
  struct stat found = {};
  ProcessStat process;
  // LLVM's runtime makes an empty file when it starts.
  if (is_new_ || size_ == 0) return false;
  if (!describe(file_, found) || !read_stat(kKernel, subject.pid(), process)) return true;
  const std::int64_t age = nanoseconds(CLOCK_REALTIME) - nanoseconds_of(found.st_mtim);
  const std::int64_t age_of_process =
      nanoseconds(CLOCK_BOOTTIME) - static_cast<std::int64_t>(process.start_time) * kClockTick;
  return age <= age_of_process + kTick;
}

bool OutputFile::begin_writes(std::uint64_t position, std::uint64_t bytes) {
  position_ = position;
  return may_have_size(position + bytes);
}

bool OutputFile::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const long put = raw_syscall(SYS_pwrite64, file_, to_register(bytes.data()),
                                 static_cast<long>(bytes.size()), static_cast<long>(position_));
    if (put == -EINTR) continue;
    if (put <= 0) return false;
    position_ += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

ByteSink OutputFile::sink() {
  return {.context = this, .write_bytes = [](void* context, std::span<const char> bytes) {
            return static_cast<OutputFile*>(context)->write(bytes);
          }};
}

bool OutputFile::reserve(std::uint64_t bytes) const {
  const long result = raw_syscall(SYS_fallocate, file_, 0, 0, static_cast<long>(bytes));
  return result == 0 || result == -EOPNOTSUPP;
}

void OutputFile::undo() {
  raw_syscall(SYS_ftruncate, file_, static_cast<long>(size_));
  if (is_new_) raw_syscall(SYS_unlinkat, folder_, to_register(name_), 0);
}

bool has_file_with(const Subject& subject, std::string_view folder, std::string_view begin,
                   std::span<char> room) {
  if (place(subject, folder, room) == 0) return false;
  const Descriptor opened(room.data(), O_RDONLY | O_DIRECTORY);
  return opened.get() >= 0 && any_name_in(kKernel, opened.get(), [&](std::string_view name) {
           return name.starts_with(begin);
         });
}

bool is_file_of(const Subject& subject, std::string_view path, std::span<char> room) {
  FileIdentity identity;
  return place(subject, path, room) != 0 && identify_file(room.data(), identity);
}

}  // namespace covenv
