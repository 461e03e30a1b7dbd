// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "shim/counters/gcov_constructors.h"
#include "shim/counters/gcov_data.h"
#include "shim/counters/gcov_layout.h"
#include "shim/counters/gcov_name.h"
#include "shim/counters/gcov_program.h"
#include "shim/native/counted_object.h"
#include "shim/native/output_file.h"
#include "shim/native/room.h"

namespace covenv {
namespace {

constexpr std::size_t kMaxPath = Subject::kMaxPath;
constexpr std::size_t kMostOldFile = std::size_t{256} * 1024 * 1024;

/// The variables that name files. The runtime reads them at its end, and few programs change them.
class Variables {
 public:
  Variables(Subject& subject, std::span<char> room) : subject_(subject), room_(room) {
    prefix_ = read("GCOV_PREFIX");
    strip_ = read("GCOV_PREFIX_STRIP");
  }

  GcovEnvironment environment() {
    return {.context = this,
            .find_variable =
                [](void* context, std::string_view name) {
                  return static_cast<Variables*>(context)->find(name);
                },
            .pid = static_cast<std::uint32_t>(subject_.pid())};
  }

 private:
  std::optional<std::string_view> find(std::string_view name) const {
    if (name == "GCOV_PREFIX") return prefix_;
    if (name == "GCOV_PREFIX_STRIP") return strip_;
    return subject_.find_variable(name, room_);
  }

  std::optional<std::string_view> read(std::string_view name) {
    const std::optional<std::string_view> value =
        subject_.find_variable(name, room_.first(room_.size() / 2));
    if (value) room_ = room_.subspan(value->size());
    return value;
  }

  Subject& subject_;
  std::span<char> room_;
  std::optional<std::string_view> prefix_;
  std::optional<std::string_view> strip_;
};

CountersFate fate_of(GcovOutcome outcome) {
  switch (outcome) {
    case GcovOutcome::kMade:
      return CountersFate::kSaved;
    case GcovOutcome::kUnreadable:
    case GcovOutcome::kUnsupported:
      return CountersFate::kUnknown;
    case GcovOutcome::kNoRoom:
    case GcovOutcome::kForeignFile:
    case GcovOutcome::kOtherVersion:
    case GcovOutcome::kMismatch:
      break;
  }
  return CountersFate::kNoFile;
}

/// Merges one unit into its file, under the file's lock.
CountersFate save_unit(const CountedObject& object, GcovProgram& program, const GcovUnit& unit,
                       std::size_t largest, std::string_view name, GcovRun& run) {
  OutputFile file;
  if (!file.open(object.subject, object.status, name, object.room.first(kMaxPath))) {
    return file.is_unwanted() ? CountersFate::kNone : CountersFate::kNoFile;
  }
  // clang's runtime does not note that it has dumped.
  if (object.farewell.may_have_saved() && program.maker() == GcovMaker::kClang &&
      file.may_be_written_by(object.subject)) {
    return CountersFate::kNone;
  }
  const std::uint64_t old_size = file.size();
  CountersFate fate = CountersFate::kNoFile;
  if (old_size <= kMostOldFile) {
    const Room room(2 * old_size + largest);
    const std::span<char> bytes = room.bytes();
    if (!bytes.empty() && file.bytes().read(0, bytes.first(old_size))) {
      const GcovData data =
          make_gcov_data(program, unit, run, bytes.first(old_size), bytes.subspan(old_size));
      fate = fate_of(data.outcome);
      if (data.outcome == GcovOutcome::kMade) {
        fate = CountersFate::kNoFile;
        const bool has_room = file.begin_writes(0, data.size) && file.reserve(data.size);
        if (has_room && file.sink().write(bytes.subspan(old_size, data.size))) {
          return CountersFate::kSaved;
        }
        // Half of the new contents would make the runtime refuse the file.
        if (has_room && file.begin_writes(0, old_size)) file.sink().write(bytes.first(old_size));
      }
    }
  }
  file.undo();
  return fate;
}

/// Whether `matches` is true of a piece of a section of the file. The pieces begin at multiples of
/// eight, and overlap by `size` bytes.
template <typename Matches>
bool any_piece(const ElfFile& file, std::string_view name, std::span<char> room, std::size_t size,
               Matches matches) {
  const std::optional<Section> section = file.find_section(name);
  if (!section || section->type == SHT_NOBITS) return false;
  const std::size_t step = room.size() / 16 * 8;
  for (std::uint64_t at = 0; at < section->size; at += step) {
    const auto piece = room.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(section->size - at, step + size)));
    if (!file.bytes().read(section->offset + at, piece) || matches(piece)) return true;
  }
  return false;
}

/// Whether `matches` is true of `size` bytes at a multiple of eight.
template <typename Matches>
bool any_place(const ElfFile& file, std::string_view name, std::span<char> room, std::size_t size,
               Matches matches) {
  return any_piece(file, name, room, size, [&](std::span<const char> piece) {
    for (std::size_t i = 0; i + size <= piece.size(); i += 8) {
      if (matches(&piece[i])) return true;
    }
    return false;
  });
}

/// Each unit names its file, in whatever way it is laid out.
bool has_file_name(std::span<const char> piece) {
  static constexpr char kText[] = ".gcda";
  constexpr std::string_view kEnd(kText, sizeof(kText));  // with the NUL
  return std::string_view(piece.data(), piece.size()).find(kEnd) != std::string_view::npos;
}

/// As much of clang's table of a unit: the version, and the number of functions.
bool may_be_clang_unit(const char* bytes) {
  return clang_gcov_version_of(load<std::uint32_t>(bytes)) &&
         is_gcov_count(load<std::uint32_t>(bytes + 8)) && load<std::uint32_t>(bytes + 12) == 0;
}

}  // namespace

bool may_have_gcov_counters(const ElfFile& file, std::span<char> room) {
  constexpr std::size_t kClangUnit = 16;
  const std::optional<Section> destructors = file.find_section(".fini_array");
  if (!destructors || destructors->size <= sizeof(void*)) return false;
  const GcovConstructors constructors =
      find_gcov_constructors(file, room.first(kRoomForGcovConstructors));
  if (constructors != GcovConstructors::kUnclear) return constructors == GcovConstructors::kOfGcc;
  return any_place(file, ".data", room, kLeastGccUnit, may_be_gcc_unit) ||
         any_place(file, ".data.rel.ro", room, kClangUnit, may_be_clang_unit) ||
         any_place(file, ".rodata", room, kClangUnit, may_be_clang_unit) ||
         any_piece(file, ".rodata", room, kClangUnit, has_file_name);
}

CountersFate save_gcov_counters(const CountedObject& object) {
  const Room own(GcovProgram::kRoom);
  if (own.bytes().empty()) return CountersFate::kNoFile;
  GcovProgram program;
  if (!find_gcov(object.loaded, own.bytes(), program) || program.has_dumped()) {
    return CountersFate::kNone;
  }
  // Both compilers put a dump before each exec in the program's code. gcc's runtime notes that, and
  // clang's does not.
  if (object.farewell.is_exec && program.maker() == GcovMaker::kClang) return CountersFate::kNone;
  GcovSurvey survey;
  if (!survey_gcov(program, survey)) return CountersFate::kUnknown;
  const std::span<char> name = object.room.subspan(kMaxPath, kMaxPath);
  Variables variables(object.subject, object.room.subspan(2 * kMaxPath));
  const GcovEnvironment environment = variables.environment();
  GcovRun run = {.run_max = survey.run_max, .is_run_counted = program.is_run_counted()};
  CountersFate fate = program.has_unreadable_units() ? CountersFate::kUnknown : CountersFate::kNone;
  for (std::size_t i = 0; i < program.units_count(); ++i) {
    GcovUnit unit;
    if (!program.read_unit(i, unit)) return CountersFate::kUnknown;
    const std::size_t size =
        make_gcov_name(program.maker(), program.read_name(unit), environment, name);
    const CountersFate its =
        size == 0 ? CountersFate::kNoFile
                  : save_unit(object, program, unit, survey.largest_file, {name.data(), size}, run);
    fate = std::max(fate, its);
  }
  return fate;
}

}  // namespace covenv
