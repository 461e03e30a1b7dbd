// SPDX-License-Identifier: MIT
#include <time.h>

#include <csignal>
#include <optional>
#include <string_view>

#include "shim/counters/go_counters.h"
#include "shim/counters/go_counters_file.h"
#include "shim/native/counted_object.h"
#include "shim/native/output_file.h"
#include "shim/native/room.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kMaxPath = Subject::kMaxPath;

std::uint64_t nanoseconds_since_1970() {
  timespec now = {};
  raw_syscall(SYS_clock_gettime, CLOCK_REALTIME, to_register(&now));
  constexpr std::uint64_t kSecond = 1000000000;
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

/// The fate that the program's stage decides; std::nullopt if there is a file to write.
std::optional<CountersFate> fate_of(GoStage stage) {
  switch (stage) {
    case GoStage::kNotGo:
    case GoStage::kNotCounted:
    case GoStage::kNotMeasuring:
    case GoStage::kLeaving:
    case GoStage::kLeft:
      return CountersFate::kNone;
    case GoStage::kUnreadable:
      return CountersFate::kUnknown;
    case GoStage::kStarting:
      return CountersFate::kEarly;
    case GoStage::kMeasuring:
      break;
  }
  return std::nullopt;
}

std::optional<std::string_view> folder_of(const CountedObject& object, const GoCounters& found,
                                          std::span<char> room) {
  if (found.has_symbols) return read_go_folder(found, object.loaded.memory, room);
  return object.subject.find_variable("GOCOVERDIR", room);
}

std::string_view in_folder(std::string_view folder, std::string_view name, std::span<char> room) {
  PathWriter path(room);
  path.add(folder);
  path.add("/");
  path.add(name);
  return path.finish() ? std::string_view(room.data()) : std::string_view();
}

CountersFate write(const CountedObject& object, const GoCounters& found, std::string_view path,
                   std::span<char> room) {
  const Room arguments(kMostGoCommandLine);
  const std::span<const char> command_line = object.subject.read_file("cmdline", arguments.bytes());
  const Room own(go_file_room(found, command_line));
  OutputFile file;
  if (own.bytes().empty() || path.empty() ||
      !file.create(object.subject, object.status, path, room)) {
    return CountersFate::kNoFile;
  }
  const bool is_written =
      file.begin_writes(0, own.bytes().size()) &&
      write_go_counters(found, object.loaded.memory, command_line, file.sink(), own.bytes());
  if (is_written) return CountersFate::kSaved;
  file.undo();
  return CountersFate::kUnknown;
}

}  // namespace

bool may_have_go_counters(const ElfFile& file) { return is_go_program(file); }

CountersFate save_go_counters(const CountedObject& object) {
  const int signal = object.farewell.signal;
  const std::span<char> folder_room = object.room.first(kMaxPath);
  const std::span<char> name_room = object.room.subspan(kMaxPath, kMaxPath);
  const std::span<char> path_room = object.room.subspan(2 * kMaxPath, kMaxPath);
  const std::span<char> rest = object.room.subspan(3 * kMaxPath);
  GoCounters found;
  if (const auto fate = fate_of(find_go_counters(object.loaded, rest, found))) return *fate;
  if (signal != SIGKILL && !object.farewell.is_in_exit) {
    const GoEnding ending = go_ending_by(found, object.loaded.memory, signal);
    if (ending == GoEnding::kUnknown) return CountersFate::kUnclear;
    if (ending == GoEnding::kGoesOn) return CountersFate::kNone;
  }
  const std::optional<std::string_view> folder = folder_of(object, found, folder_room);
  if (!folder || folder->empty()) return CountersFate::kNone;
  // Without the file that says what is counted, the counters say nothing.
  const std::string_view meta = in_folder(*folder, go_meta_file_name(found, name_room), path_room);
  if (meta.empty() || !is_file_of(object.subject, meta, rest)) return CountersFate::kEarly;
  const auto pid = static_cast<std::uint32_t>(object.subject.pid());
  // A stripped program does not show that its exit hooks have run; its file does.
  if (!found.has_symbols && object.farewell.may_have_saved()) {
    std::string_view begin = go_counters_file_name(found, pid, 0, name_room);
    begin.remove_suffix(1);
    if (has_file_with(object.subject, *folder, begin, rest)) return CountersFate::kNone;
  }
  const std::string_view name =
      go_counters_file_name(found, pid, nanoseconds_since_1970(), name_room);
  return write(object, found, in_folder(*folder, name, path_room), rest);
}

}  // namespace covenv
