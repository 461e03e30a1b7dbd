// SPDX-License-Identifier: MIT
#include "shim/session/recorder.h"

#include <linux/errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <optional>
#include <string_view>

#include "shim/core/carry.h"
#include "shim/core/entry.h"
#include "shim/proc/descriptor.h"
#include "shim/proc/early.h"
#include "shim/proc/kernel.h"
#include "shim/proc/raw_syscall.h"
#include "shim/proc/wait_status.h"
#include "shim/session/current_test.h"

namespace covenv {
namespace {

COVENV_EARLY constinit SessionHeader* session = nullptr;
/// The records that the mapping holds: a bound that a broken header cannot change.
COVENV_EARLY constinit std::uint64_t room = 0;

SessionRecord* records() {
  return reinterpret_cast<SessionRecord*>(reinterpret_cast<char*>(session) + kSessionRecords);
}

/// Claims a record about `pid`; nullptr if there is no room.
SessionRecord* claim(pid_t pid) {
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
  record.is_text_cut = false;
  record.text_size = 0;
  record.pid = pid;
  record.when = kKernel.now();
  return &record;
}

/// The same, with the event written, and without text; to be published.
template <typename E>
SessionRecord* claim(pid_t pid, const E& event) {
  SessionRecord* const record = claim(pid);
  if (record != nullptr) record->put(event);
  return record;
}

void publish(SessionRecord& record) {
  record.state.store(SessionRecord::kWhole, std::memory_order_release);
}

template <typename E>
void write(pid_t pid, const E& event) {
  SessionRecord* const record = claim(pid, event);
  if (record != nullptr) publish(*record);
}

void add_text(SessionRecord& record, std::string_view text) {
  const std::size_t left = sizeof(record.text) - record.text_size;
  if (left == 0 || text.size() + 1 > left) record.is_text_cut = true;
  if (left == 0) return;
  const std::size_t size = text.size() < left ? text.size() : left - 1;
  for (std::size_t i = 0; i < size; ++i) record.text[record.text_size + i] = text[i];
  record.text[record.text_size + size] = '\0';
  record.text_size += static_cast<std::uint16_t>(size + 1);
}

bool wants_native_coverage(const char* entry) {
  return has_name(entry, "GOCOVERDIR") || has_name(entry, "LLVM_PROFILE_FILE");
}

ExecEvent event_of(const StartedProgram& program) {
  ExecEvent event;
  event.image = program.image;
  event.is_preloaded = program.preloaded;
  event.test = current_test(program.environment);
  event.wants_native =
      program.image == Image::kStatic && any_entry(program.environment, wants_native_coverage);
  return event;
}

void add_text(SessionRecord& record, const StartedProgram& program) {
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
  if (size > 0) record.text_size = static_cast<std::uint16_t>(size);
  if (size == kRoom) record.is_text_cut = true;
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

/// Whether a variable that configures coverage.py was put back for the program.
bool is_configured(const SessionRecord& record) {
  const std::size_t size =
      record.text_size < sizeof(record.text) ? record.text_size : sizeof(record.text);
  std::string_view text(static_cast<const char*>(record.text), size);
  for (bool is_program = true; !text.empty(); is_program = false) {
    const std::string_view one = text.substr(0, text.find('\0'));
    if (!is_program && (one.starts_with("COVERAGE_PROCESS_") || one.starts_with("COV_CORE_"))) {
      return true;
    }
    text.remove_prefix(one.size() < text.size() ? one.size() + 1 : one.size());
  }
  return false;
}

std::optional<HelpFact> help_fact(const SessionRecord& record) {
  if (record.kind == Event::kWorker) return HelpFact::kWorker;
  if (record.kind == Event::kSaved) {
    const auto saved = record.get<SavedEvent>();
    const bool is_for_us = saved.reason != SaveReason::kItself && saved.result == SaveResult::kDone;
    return is_for_us ? std::optional(HelpFact::kSaved) : std::nullopt;
  }
  if (record.kind == Event::kMeasured) {
    const auto measured = record.get<MeasuredEvent>();
    // Without a journal one event stands for all the Coverages of a process.
    const bool is_known =
        measured.with == MeasuredWith::kJournal && measured.as != StartedAs::kWholeProgram;
    return is_known ? HelpFact::kStarted : HelpFact::kStartedOtherwise;
  }
  const bool is_start = record.kind == Event::kExec || record.kind == Event::kSpawned;
  return is_start && is_configured(record) ? std::optional(HelpFact::kConfigured) : std::nullopt;
}

constinit StartedAs started_as = StartedAs::kByItself;

/// The process that has loaded the library: not a forked child of it.
COVENV_EARLY constinit pid_t loaded = 0;

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
  if (is_error(address)) return;
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

CountersMailbox* mailbox_in_session() {
  const bool is_there = session != nullptr && kKernel.kill(session->maker, 0, 0) != -ESRCH;
  return is_there ? &session->counters : nullptr;
}

PidTable* told_in_session() { return session != nullptr ? &session->told : nullptr; }

void record_loaded(const char* const* environment, const char* const* arguments) {
  if (session == nullptr) return;
  LoadedEvent event;
  event.parent = parent_pid();
  event.wants_python = any_entry(environment, starts_python_coverage);
  loaded = own_pid();
  SessionRecord* const record = claim(loaded, event);
  if (record == nullptr) return;
  if (arguments != nullptr) {
    for (; *arguments != nullptr; ++arguments) add_text(*record, *arguments);
  } else {
    read_command_line(*record);
  }
  publish(*record);
}

void note_start(StartedAs as) { started_as = as; }

void record_measured(MeasuredWith with, RuntimeKind runtime) {
  if (session == nullptr) return;
  const pid_t own = own_pid();
  SessionRecord* const record =
      claim(own, MeasuredEvent{.parent = parent_pid(),
                               .with = with,
                               .as = started_as,
                               .runtime = runtime,
                               .test = own != loaded ? current_test() : 0});
  if (record == nullptr) return;
  read_command_line(*record);  // a forked child has no LoadedEvent, and its parent may be gone
  publish(*record);
}

void record_measured_in(pid_t pid, pid_t parent, MeasuredWith with, RuntimeKind runtime) {
  if (session == nullptr) return;
  write(pid, MeasuredEvent{.parent = parent, .with = with, .runtime = runtime});
}

void record_unmeasured(const char* reason, const char* fix) {
  SessionRecord* const record = claim(own_pid(), UnmeasuredEvent{});
  if (record == nullptr) return;
  add_text(*record, reason);
  add_text(*record, fix);
  publish(*record);
}

void record_unmeasured(WhyUnmeasured why) { write(own_pid(), UnmeasuredEvent{.why = why}); }

void record_runs_other(std::string_view file) {
  SessionRecord* const record = claim(own_pid(), UnmeasuredEvent{.why = WhyUnmeasured::kRunsOther});
  if (record == nullptr) return;
  add_text(*record, file);
  publish(*record);
}

void record_kept(pid_t pid, KeptAs as, std::uint32_t dropped, bool is_without_source) {
  write(pid,
        KeptEvent{
            .by = own_pid(), .dropped = dropped, .as = as, .is_without_source = is_without_source});
}

void record_saving() { write(own_pid(), SavingEvent{}); }

void record_saved(SaveReason reason, SaveResult result, int signal, std::int64_t took,
                  bool is_without_source) {
  write(own_pid(), SavedEvent{.took = took,
                              .signal = signal,
                              .reason = reason,
                              .result = result,
                              .is_without_source = is_without_source});
}

void record_killed(pid_t target, EndingKind how, int signal, std::int64_t took, bool in_time) {
  if (session == nullptr) return;
  write(target, KilledEvent{.took = took,
                            .by = own_pid(),
                            .signal = signal,
                            .how = how,
                            .in_time = in_time,
                            .test = current_test()});
}

void record_counters(pid_t pid, int signal, CountersFate fate, std::int64_t took) {
  write(pid, CountersEvent{.took = took, .by = own_pid(), .signal = signal, .fate = fate});
}

void record_reaped(pid_t child, int status) {
  if (session == nullptr) return;
  write(child, ReapedEvent{.by = own_pid(), .status = status});
}

void record_reaped(const siginfo_t& child) { record_reaped(child.si_pid, wait_status(child)); }

std::uint32_t record_test(const TestName& test) {
  constexpr std::size_t kMostParts = 8;
  constexpr std::size_t kRoom = sizeof(SessionRecord::text);
  const std::size_t size = test.size();
  const std::size_t wanted = (size + kRoom - 1) / kRoom;
  const std::size_t parts = wanted < kMostParts ? wanted : kMostParts;
  std::uint32_t first = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    SessionRecord* const record =
        claim(own_pid(), TestEvent{.first = first,
                                   .part = static_cast<std::uint16_t>(part),
                                   .parts = static_cast<std::uint16_t>(parts)});
    if (record == nullptr) break;
    record->text_size = static_cast<std::uint16_t>(test.copy(part * kRoom, record->text, kRoom));
    record->is_text_cut = part + 1 == parts && size > parts * kRoom;
    publish(*record);
    if (first == 0) first = static_cast<std::uint32_t>(record - records() + 1);
  }
  return first;
}

void record_worker(const char* name) {
  SessionRecord* const record = claim(own_pid(), WorkerEvent{});
  if (record == nullptr) return;
  add_text(*record, name);
  publish(*record);
}

void record_brought(pid_t pid, const BroughtEvent& what, const char* data_file) {
  SessionRecord* const record = claim(pid, what);
  if (record == nullptr) return;
  if (*data_file != '\0') add_text(*record, data_file);
  publish(*record);
}

void record_gained(const GainedEvent& what, const char* file) {
  SessionRecord* const record = claim(own_pid(), what);
  if (record == nullptr) return;
  if (*file != '\0') add_text(*record, file);
  publish(*record);
}

void each_help_fact(void (*take)(void* context, pid_t pid, HelpFact fact), void* context) {
  if (session == nullptr) return;
  const std::uint64_t claimed = session->claimed.load(std::memory_order_acquire);
  const std::uint64_t end = claimed < room ? claimed : room;
  for (std::uint64_t i = 0; i < end; ++i) {
    const SessionRecord& record = records()[i];
    if (record.state.load(std::memory_order_acquire) != SessionRecord::kWhole) continue;
    const std::optional<HelpFact> fact = help_fact(record);
    if (fact) take(context, record.pid, *fact);
  }
}

void record_wrapped(pid_t command, std::int64_t grace_ns) {
  if (session == nullptr) return;
  SessionRecord* const record =
      claim(own_pid(), WrappedEvent{.grace = grace_ns, .parent = parent_pid(), .command = command});
  if (record == nullptr) return;
  read_command_line(*record);
  publish(*record);
}

void record_spawned(pid_t child, const StartedProgram& program) {
  if (session == nullptr) return;
  SessionRecord* const record =
      claim(child, SpawnedEvent{.parent = own_pid(), .program = event_of(program)});
  if (record == nullptr) return;
  add_text(*record, program);
  publish(*record);
}

ExecRecord::ExecRecord(const StartedProgram& program) {
  if (session == nullptr) return;
  ExecEvent event = event_of(program);
  event.is_other_user = raw_syscall(SYS_geteuid) != static_cast<long>(session->owner);
  record_ = claim(own_pid(), event);
  if (record_ == nullptr) return;
  add_text(*record_, program);
  publish(*record_);
}

void ExecRecord::withdraw() {
  if (record_ != nullptr) {
    record_->state.store(SessionRecord::kWithdrawn, std::memory_order_release);
  }
}

}  // namespace covenv
