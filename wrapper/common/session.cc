// SPDX-License-Identifier: MIT
#include "wrapper/common/session.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "wrapper/common/clock.h"
#include "wrapper/common/random_name.h"

namespace covenv {
namespace {

namespace ipc = boost::interprocess;

constexpr const char* kNamePrefix = "covenv-";
constexpr std::uint64_t kRecordsOfStep = (std::uint64_t{1} << 20U) / sizeof(SessionRecord);
constexpr std::uint64_t kRecordsOfPage = 4096 / sizeof(SessionRecord);

ipc::permissions private_to_us() { return ipc::permissions(0600); }

/// A time that a report has room for; 0 if the writer had no clock.
std::int64_t plausible(std::int64_t time) {
  return std::clamp<std::int64_t>(time, 0, (std::int64_t{1} << 53U) - 1);
}

std::int64_t since(std::int64_t start, std::int64_t when) {
  return when > start && start >= 0 ? plausible(when - start) : 0;
}

template <typename E>
E event_of(const SessionRecord& record) {
  E event = record.get<E>();
  if constexpr (requires { event.took; }) event.took = plausible(event.took);
  if constexpr (requires { event.parent; }) event.parent = std::max(event.parent, 0);
  if constexpr (requires { event.by; }) event.by = std::max(event.by, 0);
  if constexpr (requires { event.command; }) event.command = std::max(event.command, 0);
  return event;
}

/// The one of the events `E` that is of the record's kind; nullopt if none is.
template <typename... E>
std::optional<AnyEvent> event_of(const SessionRecord& record, const std::variant<E...>* /*of*/) {
  std::optional<AnyEvent> event;
  ((record.kind == E::kKind ? void(event = event_of<E>(record)) : void()), ...);
  return event;
}

std::vector<std::string> strings_of(const SessionRecord& record) {
  const std::size_t size = std::min<std::size_t>(record.text_size, sizeof(record.text));
  std::vector<std::string> strings;
  std::string_view text(static_cast<const char*>(record.text), size);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    strings.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return strings;
}

/// Sessions of this user whose makers, and the guards of these, were killed.
void remove_left() {
  const std::string folder = kSessionFolder;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string path = entry.path();
    if (!path.starts_with(folder + kNamePrefix)) continue;
    const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0) continue;
    SessionHeader header = {};
    const bool is_session =
        read(file, static_cast<void*>(&header), sizeof(header)) == sizeof(header) &&
        header.magic == kSessionMagic && header.version == kSessionVersion &&
        header.owner == geteuid();
    if (is_session && flock(file, LOCK_EX | LOCK_NB) == 0) unlink(path.c_str());
    close(file);
  }
}

}  // namespace

SessionReader::SessionReader(const std::string& name) {
  const ipc::shared_memory_object memory(ipc::open_only, name.c_str(), ipc::read_only);
  region_ = ipc::mapped_region(memory, ipc::read_only);
  const bool is_whole = region_.get_size() >= kSessionRecords && header().magic == kSessionMagic &&
                        header().version == kSessionVersion && header().owner == geteuid() &&
                        header().size <= region_.get_size();
  if (!is_whole) throw std::runtime_error("it is none of this covenv and user");
}

void SessionReader::say_told(const std::string& name, std::uint32_t summary) {
  const SessionReader checked(name);
  const ipc::shared_memory_object memory(ipc::open_only, name.c_str(), ipc::read_write);
  const ipc::mapped_region region(memory, ipc::read_write, 0, sizeof(SessionHeader));
  static_cast<SessionHeader*>(region.get_address())->summary.store(summary);
}

Session::Session(std::uint64_t size)
    : name_(kNamePrefix + random_digits()),
      memory_(ipc::create_only, name_.c_str(), ipc::read_write, private_to_us()) {
  try {
    remove_left();
    // Before the magic is there, by which others know a session that has a lock.
    flock(memory_.get_mapping_handle().handle, LOCK_EX | LOCK_NB);
    memory_.truncate(static_cast<ipc::offset_t>(size));
    region_ = ipc::mapped_region(memory_, ipc::read_write);
    // Allocated now, because a page that a full file system cannot give is a SIGBUS at its first
    // use.
    const int error = posix_fallocate(memory_.get_mapping_handle().handle, 0,
                                      static_cast<off_t>(kSessionRecords));
    if (error != 0) throw std::system_error(error, std::generic_category(), "shared memory");
    auto* const made = new (region_.get_address()) SessionHeader{};
    made->version = kSessionVersion;
    made->owner = geteuid();
    made->maker = getpid();
    made->size = size;
    made->started = now();
    make_room();
    made->magic = kSessionMagic;
  } catch (...) {
    ipc::shared_memory_object::remove(name_.c_str());
    throw;
  }
}

Session::~Session() { ipc::shared_memory_object::remove(name_.c_str()); }

bool Session::make_room() {
  const std::uint64_t all = (header().size - kSessionRecords) / sizeof(SessionRecord);
  std::uint64_t capacity = header().capacity.load();
  std::uint64_t step = kRecordsOfStep;
  while (capacity < all && claimed() + kRecordsOfStep > capacity) {
    const std::uint64_t more = std::min(step, all - capacity);
    const std::uint64_t from = kSessionRecords + capacity * sizeof(SessionRecord);
    if (posix_fallocate(memory_.get_mapping_handle().handle, static_cast<off_t>(from),
                        static_cast<off_t>(more * sizeof(SessionRecord))) != 0) {
      // An almost full file system may have room for fewer records.
      if (step <= kRecordsOfPage) return false;
      step /= 2;
      continue;
    }
    capacity += more;
    header().capacity.store(capacity, std::memory_order_release);
  }
  return capacity < all || claimed() < capacity;
}

std::uint64_t SessionReader::claimed() const {
  return header().claimed.load(std::memory_order_acquire);
}

std::uint64_t SessionReader::dropped() const { return header().dropped.load(); }

std::int64_t SessionReader::age() const { return since(header().started, now()); }

const SessionRecord* SessionReader::records() const {
  return reinterpret_cast<const SessionRecord*>(static_cast<const char*>(region_.get_address()) +
                                                kSessionRecords);
}

std::vector<RecordedEvent> SessionReader::events(std::uint64_t from, std::uint64_t to) const {
  std::vector<RecordedEvent> found;
  // The numbers are not trusted, because any process below can write into the session.
  const std::uint64_t room = (region_.get_size() - kSessionRecords) / sizeof(SessionRecord);
  const std::uint64_t end = std::min({to, claimed(), header().capacity.load(), room});
  for (std::uint64_t i = from; i < end; ++i) {
    const SessionRecord& record = records()[i];
    if (record.state.load(std::memory_order_acquire) != SessionRecord::kWhole) continue;
    if (record.pid <= 0) continue;
    const std::optional<AnyEvent> event = event_of(record, static_cast<AnyEvent*>(nullptr));
    if (!event) continue;
    found.push_back({.event = *event,
                     .pid = record.pid,
                     .when = since(header().started, record.when),
                     .text = strings_of(record),
                     .is_text_cut = record.is_text_cut,
                     .number = i + 1});
  }
  return found;
}

}  // namespace covenv
