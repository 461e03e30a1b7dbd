// SPDX-License-Identifier: MIT
// Bytes as the memory of a session: a reader makes a whole report of it, a writer stays within it,
// and a process that is to join it either does so or ignores it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string>

#include "fuzz.h"
#include "shim/session/recorder.h"
#include "wrapper/common/session.h"
#include "wrapper/covenv/report/output.h"
#include "wrapper/covenv/report/parse.h"
#include "wrapper/covenv/report/summary.h"
#include "wrapper/covenv/session/reconstruct.h"

namespace {

using namespace covenv;  // NOLINT(google-build-using-namespace): it is all about it

constexpr std::uint64_t kRecords = 24;
constexpr std::uint64_t kSize = kSessionRecords + kRecords * sizeof(SessionRecord);
// The number of joins is bounded, because each leaves a mapping: a real process joins only once.
constexpr int kMostJoins = 1000;

/// A second mapping of the memory, to be written by the fuzzer.
char* map(const Session& session) {
  const std::string path = kSessionFolder + session.name();
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  void* const memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  require(memory != MAP_FAILED, "a session can be mapped");
  return static_cast<char*>(memory);
}

void join(const Session& session) {
  const std::string entry = "COVENV_SESSION=" + session.name();
  const char* const environment[] = {entry.c_str(), nullptr};
  join_session(environment);
}

void write_all_kinds() {
  Carried carried;
  carried.add("COV_ONE=1");
  const Preload preload;
  const EnvironmentPlan plan(nullptr, carried, preload);
  const StartedProgram program = {"/bin/true", Image::kDynamic, true, carried, plan};
  record_loaded(nullptr, nullptr);
  record_measured(MeasuredWith::kSaver);
  record_saving();
  record_saved(SaveReason::kAsked, SaveResult::kDone, 9, 1);
  record_wrapped(8, 1);
  record_killed(4, EndingKind::kSaveThenDie, 9, 1, true);
  record_reaped(5, 0);
  record_spawned(6, program);
  record_test({.group = "a", .name = "b"});
  record_worker("gw0");
  ExecRecord(program).withdraw();
  PidTable* const told = told_in_session();
  if (told == nullptr) return;
  told->contains(7);
  told->sweep([](pid_t pid, std::uint64_t start) {
    return (static_cast<std::uint64_t>(pid) ^ start) % 2 == 0;
  });
  told->add(7, 1);
  told->take(7);
}

void read_all(const std::string& name) {
  std::unique_ptr<SessionReader> reader;
  try {
    reader = std::make_unique<SessionReader>(name);
  } catch (const std::exception&) {
    return;  // refused, as it should be
  }
  report::Report report;
  report.session.dropped =
      static_cast<std::int64_t>(std::min<std::uint64_t>(reader->dropped(), 1U << 30U));
  report.session.wall_ns = reader->age();
  const std::vector<RecordedEvent> events = reader->events();
  require(events.size() <= kRecords, "no more events than records");
  report.processes =
      processes_of_session(events, {.pid = reader->maker(), .command = 2, .status = 9});
  report.totals = report::count(report.processes);
  report::summary_lines(report, {});
  std::stringstream text;
  report::write(text, report, report::Format::kJson);
  report::parse(text, "fuzz.json");
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  void take(void* into, std::size_t wanted) {
    const std::size_t size = std::min(wanted, size_);
    std::memcpy(into, data_, size);
    data_ += size;
    size_ -= size;
  }
  std::uint8_t byte() {
    std::uint8_t byte = 0;
    take(&byte, 1);
    return byte;
  }
  bool is_left() const { return size_ != 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

/// A session, and its memory mapped once more.
class Sandbox {
 public:
  Sandbox() : memory_(map(session_)), whole_(new char[kSessionRecords]) {
    std::memcpy(whole_.get(), memory_, kSessionRecords);
    join(session_);
  }
  ~Sandbox() { munmap(memory_, kSize); }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Writes the input into the memory. The first byte says which parts of the header change. A
  /// record gets 16 bytes of text.
  void fill(Input input) {
    std::memcpy(memory_, whole_.get(), kSessionRecords);
    std::memset(memory_ + kSessionRecords, 0, kSize - kSessionRecords);
    const std::uint8_t changed = input.byte();
    memory_[offsetof(SessionHeader, claimed)] = static_cast<char>(input.byte());
    if ((changed & 1U) != 0) input.take(memory_, offsetof(SessionHeader, capacity));
    if ((changed & 2U) != 0) input.take(memory_ + offsetof(SessionHeader, capacity), 8);
    if ((changed & 4U) != 0) input.take(memory_ + offsetof(SessionHeader, claimed), 8);
    if ((changed & 8U) != 0) input.take(memory_ + offsetof(SessionHeader, told), 68);
    for (std::uint64_t i = 0; i < kRecords && input.is_left(); ++i) {
      char* const record = memory_ + kSessionRecords + i * sizeof(SessionRecord);
      input.take(record, offsetof(SessionRecord, text) + 16);
    }
  }

  const Session& session() const { return session_; }

 private:
  Session session_{kSize};
  char* memory_;
  std::unique_ptr<char[]> whole_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Sandbox sandbox;
  static int joins = 0;
  sandbox.fill({data, size});
  if (joins < kMostJoins) {
    join(sandbox.session());
    ++joins;
  }
  read_all(sandbox.session().name());
  write_all_kinds();
  read_all(sandbox.session().name());
  return 0;
}
