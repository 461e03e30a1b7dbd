// SPDX-License-Identifier: MIT
#include "shim/journal/journal_file.h"

#include <linux/errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "shim/proc/descriptor.h"
#include "shim/proc/kernel.h"
#include "shim/proc/new_file.h"
#include "shim/proc/page_size.h"
#include "shim/proc/path_writer.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kFirstPiece = 8192;
constexpr std::size_t kLargestPiece = 65536;
constexpr int kOpenFlags = O_RDWR | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;

std::size_t rounded_up(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

bool has_room(int fd, std::size_t bytes) {
  struct statfs status = {};
  if (raw_syscall(SYS_fstatfs, fd, to_register(&status)) != 0) return false;
  const auto block = static_cast<std::uint64_t>(status.f_bsize);
  return may_take_room(bytes, status.f_bavail * block, status.f_blocks * block);
}

/// Allocates memory or disk for each byte, because a write to a page of tmpfs without is a SIGBUS.
bool allocate(int fd, std::size_t from, std::size_t size) {
  if (!may_have_size(from + size) || !has_room(fd, size)) return false;
  long result = -EINTR;
  for (int tries = 0; result == -EINTR && tries < 100; ++tries) {
    result = raw_syscall(SYS_fallocate, fd, 0, static_cast<long>(from), static_cast<long>(size));
  }
  if (result != -EOPNOTSUPP) return result == 0;
  // On the stack, because each page of the library costs each program.
  const char zeroes[512] = {};
  for (std::size_t at = from; at < from + size; at += sizeof(zeroes)) {
    const long written =
        raw_syscall(SYS_pwrite64, fd, to_register(zeroes), sizeof(zeroes), static_cast<long>(at));
    if (written != sizeof(zeroes)) return false;
  }
  return true;
}

void* map(int fd, std::size_t from, std::size_t size) {
  const long address = raw_syscall(SYS_mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE,
                                   MAP_SHARED, fd, static_cast<long>(from));
  return is_error(address) ? nullptr : reinterpret_cast<void*>(address);
}

std::size_t size_of_text(JournalText text) {
  std::size_t size = 0;
  for (const std::string_view part : text) size += part.size();
  return size;
}

std::size_t size_of_entry(JournalText text) {
  return sizeof(JournalWord) * (1 + words_of_text(size_of_text(text)));
}

/// False if the text does not fit with its NUL. Requires that `into` holds zeroes.
template <std::size_t kSize>
bool copy_text(char (&into)[kSize], std::string_view text) {
  if (text.size() >= kSize) return false;
  __builtin_memcpy(into, text.data(), text.size());
  return true;
}

}  // namespace

bool JournalFile::open(std::string_view folder, const JournalIdentity& identity, JournalText about,
                       JournalText context) {
  std::uint64_t random = 0;
  constexpr long kSize = sizeof(random);
  if (raw_syscall(SYS_getrandom, to_register(&random), kSize, 0) != kSize) return false;
  char in_folder[kMaxPath];
  PathWriter where(in_folder);
  where.add(folder);
  PathWriter path(path_);
  path.add(folder);
  path.add("/");
  path.add(kJournalPrefix);
  path.add(identity.key);
  path.add("-");
  path.add_number(static_cast<std::uint64_t>(own_pid()));
  path.add("-");
  path.add_hex(random);
  if (!where.finish() || !path.finish()) return false;
  {
    const Descriptor unnamed(in_folder, O_TMPFILE | O_RDWR, 0600);
    if (unnamed.get() >= 0 && start(unnamed.get(), identity, about, context)) {
      if (give_name(unnamed.get())) return true;
      abandon();
    }
  }
  // The file system has no unnamed files (O_TMPFILE), or there is no /proc to name one by.
  const Descriptor file(path_, kOpenFlags | O_CREAT | O_EXCL, 0600);
  if (file.get() < 0) return false;
  if (start(file.get(), identity, about, context)) return true;
  abandon();
  raw_syscall(SYS_unlinkat, AT_FDCWD, to_register(path_), 0);
  return false;
}

bool JournalFile::give_name(int fd) const {
  char text[32];
  PathWriter path(text);
  path.add("/proc/self/fd/");
  path.add_number(static_cast<std::uint64_t>(fd));
  return path.finish() && raw_syscall(SYS_linkat, AT_FDCWD, to_register(text), AT_FDCWD,
                                      to_register(path_), AT_SYMLINK_FOLLOW) == 0;
}

bool JournalFile::start(int fd, const JournalIdentity& identity, JournalText about,
                        JournalText context) {
  const std::size_t entries = size_of_entry(about) + size_of_entry(context);
  const std::size_t size = rounded_up(kJournalWords + entries, page_size());
  struct stat status = {};
  if (!allocate(fd, 0, size) || raw_syscall(SYS_fstat, fd, to_register(&status)) != 0) return false;
  auto* const address = static_cast<char*>(map(fd, 0, size));
  if (address == nullptr) return false;
  auto& header = *reinterpret_cast<JournalHeader*>(address);
  header.version = kJournalVersion;
  header.owner = status.st_uid;
  header.pid = own_pid();
  header.start_time = own_start_time();
  header.pid_namespace = pid_namespace();
  const bool fits =
      copy_text(header.run, identity.run) && copy_text(header.data_file, identity.data_file) &&
      copy_text(header.executable, identity.executable) && copy_text(header.home, identity.home);
  if (!fits) {
    raw_syscall(SYS_munmap, to_register(address), static_cast<long>(size));
    return false;
  }
  __atomic_store_n(&header.magic, kJournalMagic, __ATOMIC_RELEASE);
  header_ = &header;
  header_size_ = size;
  piece_ = {};
  inode_ = status.st_ino;
  file_size_ = size;
  next_piece_ = kFirstPiece;
  used_ = 0;
  next_ = reinterpret_cast<JournalWord*>(address + kJournalWords);
  end_ = reinterpret_cast<JournalWord*>(address + size);
  return append(JournalEntry::kAbout, about) && append(JournalEntry::kContext, context);
}

bool JournalFile::append(JournalWord word) {
  if (next_ == end_ && !make_room(1)) return false;
  *next_++ = word;
  header_->used.store(++used_, std::memory_order_release);
  return true;
}

bool JournalFile::append(JournalEntry kind, JournalText text) {
  const std::size_t size = size_of_text(text);
  const std::size_t words = 1 + words_of_text(size);
  if (static_cast<std::size_t>(end_ - next_) < words && !make_room(words)) return false;
  *next_ = entry_word(kind, static_cast<std::uint32_t>(size));
  char* out = reinterpret_cast<char*>(next_ + 1);
  for (const std::string_view part : text) {
    __builtin_memcpy(out, part.data(), part.size());
    out += part.size();
  }
  next_ += words;
  used_ += words;
  header_->used.store(used_, std::memory_order_release);
  return true;
}

bool JournalFile::make_room(std::size_t words) {
  if (header_ == nullptr) return false;
  const std::size_t bytes = words * sizeof(JournalWord);
  const bool is_there = !is_fixed_ && grow(bytes > next_piece_ ? bytes : next_piece_);
  if (!is_there) {
    header_->dropped.fetch_add(words, std::memory_order_relaxed);
    return false;
  }
  if (next_piece_ < kLargestPiece) next_piece_ *= 2;
  return true;
}

/// Maps one piece of the file at a time, so that full pieces need no address space.
bool JournalFile::grow(std::size_t bytes) {
  const std::size_t size = rounded_up(bytes, page_size());
  const Descriptor file(path_, kOpenFlags);
  struct stat status = {};
  if (file.get() < 0 || raw_syscall(SYS_fstat, file.get(), to_register(&status)) != 0) return false;
  if (status.st_ino != inode_ || !allocate(file.get(), file_size_, size)) return false;
  void* const address = map(file.get(), file_size_, size);
  if (address == nullptr) return false;
  // No entry is in two pieces, because these are not side by side in memory.
  if (const auto rest = static_cast<std::size_t>(end_ - next_); rest != 0) {
    const std::size_t text = (rest - 1) * sizeof(JournalWord);
    *next_ = entry_word(JournalEntry::kPadding, static_cast<std::uint32_t>(text));
    used_ += rest;
    header_->used.store(used_, std::memory_order_release);
  }
  unmap_piece();
  piece_ = {address, size};
  file_size_ += size;
  next_ = static_cast<JournalWord*>(address);
  end_ = next_ + size / sizeof(JournalWord);
  return true;
}

void JournalFile::reserve(std::size_t bytes) {
  if (header_ != nullptr && static_cast<std::size_t>(end_ - next_) * sizeof(JournalWord) < bytes) {
    grow(bytes);
  }
  is_fixed_ = true;
}

void JournalFile::forget_drops() { header_->dropped.store(0, std::memory_order_relaxed); }

void JournalFile::unmap_piece() {
  if (piece_.address == nullptr) return;
  raw_syscall(SYS_munmap, to_register(piece_.address), static_cast<long>(piece_.size));
  piece_ = {};
}

void JournalFile::remove() {
  if (header_ == nullptr) return;
  raw_syscall(SYS_unlinkat, AT_FDCWD, to_register(path_), 0);
  abandon();
}

void JournalFile::abandon() {
  if (header_ == nullptr) return;
  unmap_piece();
  raw_syscall(SYS_munmap, to_register(header_), static_cast<long>(header_size_));
  header_ = nullptr;
  next_ = nullptr;
  end_ = nullptr;
}

}  // namespace covenv
