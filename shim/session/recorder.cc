// SPDX-License-Identifier: MIT
#include "shim/session/recorder.h"

#include <linux/errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <string_view>

#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/early.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/proc/wait_status.h"

namespace covenv {
namespace {

COVENV_EARLY constinit SessionHeader* session = nullptr;
/// The records that the mapping holds: a bound that a broken header cannot change.
COVENV_EARLY constinit std::uint64_t room = 0;

SessionRecord* records() {
  return reinterpret_cast<SessionRecord*>(reinterpret_cast<char*>(session) + kSessionRecords);
}

/// Claims a record for this process; nullptr if there is no room.
SessionRecord* claim(Event kind, pid_t pid, pid_t other) {
  if (session == nullptr) return nullptr;
  // No number beyond the capacity is claimed: that record would look torn once it has memory.
  std::uint64_t number = session->claimed.load(std::memory_order_relaxed);
  do {
    if (number >= room || number >= session->capacity.load(std::memory_order_acquire)) {
      session->dropped.fetch_add(1, std::memory_order_relaxed);
      return nullptr;
    }
  } while (!session->claimed.compare_exchange_weak(number, number + 1, std::memory_order_relaxed));
  SessionRecord& record = records()[number];
  record.kind = kind;
  record.detail = 0;
  record.flags = 0;
  record.pid = pid;
  record.other = other;
  record.value = 0;
  record.text_size = 0;
  record.when = kKernel.now();
  return &record;
}

void publish(SessionRecord& record) {
  record.state.store(SessionRecord::kWhole, std::memory_order_release);
}

void add_text(SessionRecord& record, std::string_view text) {
  const std::size_t left = sizeof(record.text) - record.text_size;
  if (left == 0 || text.size() + 1 > left) record.flags |= kTextCut;
  if (left == 0) return;
  const std::size_t size = text.size() < left ? text.size() : left - 1;
  for (std::size_t i = 0; i < size; ++i) record.text[record.text_size + i] = text[i];
  record.text[record.text_size + size] = '\0';
  record.text_size += static_cast<std::uint32_t>(size + 1);
}

bool wants_native_coverage(const char* entry) {
  return has_name(entry, "GOCOVERDIR") || has_name(entry, "LLVM_PROFILE_FILE");
}

void fill(SessionRecord& record, const StartedProgram& program) {
  record.detail = static_cast<std::uint8_t>(program.image);
  if (program.preloaded) record.flags |= kPreloaded;
  if (program.image == Image::kStatic && any_entry(program.environment, wants_native_coverage))
    record.flags |= kNative;
  add_text(record, program.path);
  for (std::size_t i = 0; i < program.carried.count(); ++i) {
    if (program.plan.adds(i)) add_text(record, name_of(program.carried[i]));
  }
}

pid_t parent_pid() { return static_cast<pid_t>(raw_syscall(SYS_getppid)); }

/// Fills in the command line of this process, from /proc.
void read_command_line(SessionRecord& record) {
  const Descriptor file("/proc/self/cmdline", O_RDONLY);
  if (file.get() < 0) return;
  constexpr long kRoom = sizeof(record.text);
  const long size = raw_syscall(SYS_read, file.get(), to_register(record.text), kRoom);
  if (size > 0) record.text_size = static_cast<std::uint32_t>(size);
  if (size == kRoom) record.flags |= kTextCut;
}

/// The value of COVENV_SESSION, if it can be the name of a file in the folder; else empty.
std::string_view session_name(const char* const* environment) {
  for (const char* const* entry = environment; *entry != nullptr; ++entry) {
    if (!has_name(*entry, "COVENV_SESSION")) continue;
    const char* const value = value_of(*entry);
    const std::string_view name = value != nullptr ? value : "";
    const bool is_name = name.size() <= kMaxSessionName && name.find('/') == name.npos;
    return is_name ? name : "";
  }
  return "";
}

std::uint64_t room_of(const struct stat& file) {
  return (static_cast<std::uint64_t>(file.st_size) - kSessionRecords) / sizeof(SessionRecord);
}

bool is_whole(const SessionHeader& header, const struct stat& file) {
  return header.magic == kSessionMagic && header.version == kSessionVersion &&
         header.owner == file.st_uid && header.size == static_cast<std::uint64_t>(file.st_size) &&
         header.capacity.load() <= room_of(file);
}

}  // namespace

void join_session(const char* const* environment) {
  const std::string_view name = session_name(environment);
  if (name.empty()) return;
  constexpr std::string_view kFolder = kSessionFolder;
  char path[kFolder.size() + kMaxSessionName + 1];
  char* end = path;
  for (const char byte : kFolder) *end++ = byte;
  for (const char byte : name) *end++ = byte;
  *end = '\0';

  const Descriptor file(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (file.get() < 0) return;
  struct stat status = {};
  if (raw_syscall(SYS_fstat, file.get(), to_register(&status)) != 0) return;
  const bool is_private = S_ISREG(status.st_mode) && (status.st_mode & 077) == 0 &&
                          status.st_uid == static_cast<uid_t>(raw_syscall(SYS_geteuid));
  if (!is_private || status.st_size < static_cast<off_t>(kSessionRecords)) return;
  const long address =
      raw_syscall(SYS_mmap, 0, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (address < 0 && address > -4096) return;
  auto* const header = reinterpret_cast<SessionHeader*>(address);
  // The first access is a write: after a read fault the kernel maps the pages around as well, which
  // this process would have to unmap when it ends.
  std::uint64_t none = 0;
  header->dropped.compare_exchange_strong(none, none);
  if (is_whole(*header, status)) {
    room = room_of(status);
    session = header;
  } else {
    raw_syscall(SYS_munmap, address, status.st_size);
  }
}

bool is_in_session() { return session != nullptr; }

PidTable* told_in_session() { return session != nullptr ? &session->told : nullptr; }

void record_loaded(const char* const* environment, const char* const* arguments) {
  if (session == nullptr) return;
  SessionRecord* const record = claim(Event::kLoaded, own_pid(), parent_pid());
  if (record == nullptr) return;
  if (any_entry(environment, starts_python_coverage)) record->flags |= kWanted;
  if (arguments != nullptr) {
    for (; *arguments != nullptr; ++arguments) add_text(*record, *arguments);
  } else {
    read_command_line(*record);
  }
  publish(*record);
}

void record_armed(std::uint16_t how) {
  SessionRecord* const record = claim(Event::kArmed, own_pid(), parent_pid());
  if (record == nullptr) return;
  record->flags = how;
  read_command_line(*record);  // a forked child has no kLoaded, and its parent may be gone
  publish(*record);
}

void record_unmeasured(const char* why, const char* fix) {
  SessionRecord* const record = claim(Event::kUnmeasured, own_pid(), 0);
  if (record == nullptr) return;
  add_text(*record, why);
  add_text(*record, fix);
  publish(*record);
}

void record_unmeasured(std::uint16_t how) {
  SessionRecord* const record = claim(Event::kUnmeasured, own_pid(), 0);
  if (record == nullptr) return;
  record->flags = how;
  publish(*record);
}

void record_kept(pid_t pid, std::int32_t dropped, std::uint16_t what) {
  SessionRecord* const record = claim(Event::kKept, pid, own_pid());
  if (record == nullptr) return;
  record->flags = what;
  record->value = dropped;
  publish(*record);
}

void record_saving() {
  SessionRecord* const record = claim(Event::kSaving, own_pid(), 0);
  if (record != nullptr) publish(*record);
}

void record_saved(SaveReason reason, int signal, std::int64_t took, std::uint16_t result) {
  SessionRecord* const record = claim(Event::kSaved, own_pid(), 0);
  if (record == nullptr) return;
  record->detail = static_cast<std::uint8_t>(reason);
  record->value = signal;
  record->took = took;
  record->flags = result;
  publish(*record);
}

void record_ended(pid_t target, const Ending& ending, int signal, std::int64_t took, bool ended) {
  SessionRecord* const record = claim(Event::kEnded, target, own_pid());
  if (record == nullptr) return;
  record->detail = static_cast<std::uint8_t>(ending.kind);
  record->value = signal;
  record->took = took;
  if (ended) record->flags |= kDone;
  publish(*record);
}

void record_reaped(pid_t child, int status) {
  SessionRecord* const record = claim(Event::kReaped, child, own_pid());
  if (record == nullptr) return;
  record->value = status;
  publish(*record);
}

void record_reaped(const siginfo_t& child) { record_reaped(child.si_pid, wait_status(child)); }

void record_wrapped(pid_t command, std::int64_t grace_ns) {
  SessionRecord* const record = claim(Event::kWrapped, own_pid(), command);
  if (record == nullptr) return;
  record->value = parent_pid();
  record->took = grace_ns;
  read_command_line(*record);
  publish(*record);
}

void record_spawned(pid_t child, const StartedProgram& program) {
  SessionRecord* const record = claim(Event::kSpawned, child, own_pid());
  if (record == nullptr) return;
  fill(*record, program);
  publish(*record);
}

ExecRecord::ExecRecord(const StartedProgram& program) : record_(claim(Event::kExec, own_pid(), 0)) {
  if (record_ == nullptr) return;
  fill(*record_, program);
  if (raw_syscall(SYS_geteuid) != static_cast<long>(session->owner)) record_->flags |= kOtherUser;
  publish(*record_);
}

void ExecRecord::withdraw() {
  if (record_ != nullptr) {
    record_->state.store(SessionRecord::kWithdrawn, std::memory_order_release);
  }
}

}  // namespace covenv
