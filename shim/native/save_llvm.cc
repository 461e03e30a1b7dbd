// SPDX-License-Identifier: MIT
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "shim/counters/llvm_layout.h"
#include "shim/counters/llvm_profile.h"
#include "shim/counters/llvm_raw_file.h"
#include "shim/counters/profile_name.h"
#include "shim/native/counted_object.h"
#include "shim/native/output_file.h"
#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kMaxPath = Subject::kMaxPath;

struct Rooms {
  explicit Rooms(std::span<char> room)
      : pieces(room.first(kLlvmRoom)),
        pattern(room.subspan(kLlvmRoom, kMaxPath)),
        folder(room.subspan(kLlvmRoom + kMaxPath, kMaxPath)),
        digits(room.subspan(kLlvmRoom + 2 * kMaxPath, kMaxPath)),
        name(room.subspan(kLlvmRoom + 3 * kMaxPath, kMaxPath)),
        path(room.subspan(kLlvmRoom + 4 * kMaxPath, kMaxPath)) {}

  std::span<char> pieces;
  std::span<char> pattern;
  std::span<char> folder;
  std::span<char> digits;
  std::span<char> name;
  std::span<char> path;
};

/// The pattern in force: what the runtime holds; before it has started, what it would take.
std::optional<std::string_view> pattern_of(const CountedObject& object, const LlvmProfile& profile,
                                           const Rooms& rooms) {
  const LlvmRuntime& runtime = profile.runtime;
  if (!runtime.is_known || runtime.pattern == 0) {
    const std::optional<std::string_view> variable =
        object.subject.find_variable("LLVM_PROFILE_FILE", rooms.pattern);
    if (variable && !variable->empty()) return variable;
  }
  std::string_view pattern;
  if (!read_llvm_pattern(profile, object.loaded, rooms.pattern, pattern)) return std::nullopt;
  return pattern.empty() ? profile.default_pattern : pattern;
}

std::optional<ProfileName> name_of(const CountedObject& object, const LlvmProfile& profile,
                                   const Rooms& rooms) {
  const std::optional<std::string_view> pattern = pattern_of(object, profile, rooms);
  if (!pattern) return std::nullopt;
  utsname host = {};
  raw_syscall(SYS_uname, to_register(&host));
  // The process's own number. The runtime of a forked child takes its parent's, so that one of the
  // two files is lost.
  char pid[24];
  PathWriter number(pid);
  number.add_number(static_cast<std::uint64_t>(object.subject.pid()));
  if (!number.finish()) return std::nullopt;
  std::string_view build_id;
  if (!read_llvm_build_id(profile, object.loaded, rooms.digits, build_id)) build_id = {};
  const PatternFacts facts = {
      .pid = static_cast<std::uint32_t>(object.subject.pid()),
      .pid_text = pid,
      .host = host.nodename,
      .temporary_folder = object.subject.find_variable("TMPDIR", rooms.folder),
      .signature = llvm_signature(profile),
      .build_id = build_id,
      .knows_build_id = profile.runtime.knows_build_id,
      .knows_signals = profile.runtime.knows_signals,
  };
  return expand_profile_name(*pattern, facts, rooms.name);
}

/// Fills up to a profile's alignment. Readers skip zeros between profiles.
bool pad(const ByteSink& sink, std::uint64_t size) {
  constexpr char kZeros[8] = {};
  return sink.write(std::span(kZeros).first((8 - size % 8) % 8));
}

/// Where in the file the process has dumped this profile earlier by itself: several objects of a
/// program may have appended theirs. `room`: 16 bytes or more, for pieces of the file.
std::optional<std::uint64_t> find_earlier_dump(const LlvmProfile& profile,
                                               const CountedObject& object, OutputFile& file,
                                               std::span<char> room, std::span<char> pieces) {
  const std::uint64_t size = file.size() / 8 * 8;
  for (std::uint64_t at = 0; at < size;) {
    const std::span<char> piece = room.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(size - at, room.size() / 8 * 8)));
    if (!file.bytes().read(at, piece)) return std::nullopt;
    for (std::size_t i = 0; i < piece.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, piece.data() + i, sizeof(word));
      if (word == kLlvmRawMagic &&
          is_earlier_dump(profile, object.loaded, file.bytes(), at + i, file.size(), pieces)) {
        return at + i;
      }
    }
    at += piece.size();
  }
  return std::nullopt;
}

bool write(const CountedObject& object, const LlvmProfile& profile, const ProfileName& name,
           OutputFile& file, const Rooms& rooms) {
  const LoadedObject& loaded = object.loaded;
  const std::uint64_t size = llvm_raw_parts(profile).size;
  // A merge pool's file takes the sum, as from the runtime; a file of another kind its own earlier
  // dump once more, and else one profile more: what is there is never lost.
  if (name.is_pool() && is_mergeable(profile, loaded, file.bytes(), file.size(), rooms.pieces)) {
    return file.begin_writes(0, size) &&
           write_merged_llvm_profile(profile, loaded, file.bytes(), file.sink(), rooms.pieces);
  }
  const std::optional<std::uint64_t> earlier =
      name.is_pool() ? std::nullopt
                     : find_earlier_dump(profile, object, file, rooms.pattern, rooms.pieces);
  if (earlier) {
    return file.begin_writes(*earlier, size) &&
           write_llvm_profile(profile, loaded, file.sink(), rooms.pieces);
  }
  const bool is_written = file.begin_writes(file.size(), size + 8) &&
                          pad(file.sink(), file.size()) &&
                          write_llvm_profile(profile, loaded, file.sink(), rooms.pieces);
  if (!is_written) file.undo();
  return is_written;
}

}  // namespace

bool may_have_llvm_counters(const ElfFile& file) {
  const std::optional<Section> counters = file.find_section("__llvm_prf_cnts");
  return counters && counters->is_loaded();
}

CountersFate save_llvm_counters(const CountedObject& object) {
  const Rooms rooms(object.room);
  LlvmProfile profile;
  if (!find_llvm_profile(object.loaded, rooms.pieces, profile)) return CountersFate::kUnknown;
  if (profile.runtime.is_continuous || profile.runtime.is_dumped) return CountersFate::kNone;
  const std::optional<ProfileName> name = name_of(object, profile, rooms);
  if (!name) return CountersFate::kNoFile;
  // A stripped program does not show whether its counters lie in that file, as the pattern says.
  if (name->is_continuous && !profile.runtime.is_known) return CountersFate::kNone;
  OutputFile file;
  if (!file.open(object.subject, object.status, name->text, rooms.path)) {
    return file.is_unwanted() ? CountersFate::kNone : CountersFate::kNoFile;
  }
  // A pool shows no dump of one process, because it has sums.
  if (object.farewell.may_have_saved() && name->is_pool() &&
      file.may_be_written_by(object.subject)) {
    return CountersFate::kNone;
  }
  return write(object, profile, *name, file, rooms) ? CountersFate::kSaved : CountersFate::kNoFile;
}

}  // namespace covenv
