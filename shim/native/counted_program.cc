// SPDX-License-Identifier: MIT
#include "shim/native/counted_program.h"

#include <algorithm>
#include <cstdint>

#include "shim/native/counted_object.h"
#include "shim/native/memo.h"
#include "shim/native/object_file.h"
#include "shim/native/room.h"

namespace covenv {
namespace {

enum class Known : std::uint64_t { kProgramWithout, kObjectWithout };

std::uint64_t key_of(Known what, const FileIdentity& file, std::uint64_t code_kib = 0) {
  return memo_key(
      {static_cast<std::uint64_t>(what), file.device, file.inode, file.modified, code_kib});
}

constexpr std::size_t kRoom = kRoomForObjectFiles + ElfFile::kRoom + CountedObject::kRoomToSave;

struct Rooms {
  explicit Rooms(std::span<char> room)
      : files(room.first(kRoomForObjectFiles)),
        elf(room.subspan(kRoomForObjectFiles, ElfFile::kRoom)),
        rest(room.subspan(kRoomForObjectFiles + ElfFile::kRoom)) {}

  std::span<char> files;
  std::span<char> elf;
  std::span<char> rest;
};

/// False if the process shows no object: it has ended.
template <typename Visit>
bool for_each(Subject& subject, std::span<char> room, Visit visit) {
  bool any = false;
  auto note_and_visit = [&](ObjectFile& object) {
    any = true;
    visit(object);
  };
  const auto walk = [&] {
    for_each_object_file(
        subject, room, {.context = &note_and_visit, .visit = [](void* context, ObjectFile& object) {
                          (*static_cast<decltype(note_and_visit)*>(context))(object);
                        }});
  };
  walk();
  // The leading thread may have ended just now.
  if (!any && subject.take_living_thread()) walk();
  return any;
}

bool may_have_any(ObjectFile& object, const Rooms& rooms) {
  if (!object.open(rooms.elf)) return false;
  const ElfFile& file = object.loaded().file;
  return may_have_llvm_counters(file) || may_have_gcov_counters(file, rooms.rest) ||
         (object.is_program() && may_have_go_counters(file));
}

}  // namespace

bool CountedProgram::may_have_counters() {
  FileIdentity program;
  if (!subject_.identify_program(program)) return false;
  // Which libraries the program has loaded shows in the size of the code.
  const std::uint64_t key = key_of(Known::kProgramWithout, program, status_.code_kib);
  if (status_.code_kib != 0 && is_remembered_key(key)) return false;
  const Room room(kRoom);
  if (room.bytes().empty()) return false;
  const Rooms rooms(room.bytes());
  bool any = false;
  const bool is_shown = for_each(subject_, rooms.files, [&](ObjectFile& object) {
    const std::uint64_t own_key = key_of(Known::kObjectWithout, object.identity());
    if (is_remembered_key(own_key)) return;
    if (may_have_any(object, rooms)) {
      any = true;
    } else {
      remember_key(own_key);
    }
  });
  // The status of a leading thread that has ended shows no code.
  if (is_shown && !any && status_.code_kib != 0) remember_key(key);
  return any;
}

CountersFate CountedProgram::save(const Farewell& farewell) {
  const Room room(kRoom);
  if (room.bytes().empty()) return CountersFate::kNoFile;
  const Rooms rooms(room.bytes());
  CountersFate fate = CountersFate::kNone;
  for_each(subject_, rooms.files, [&](ObjectFile& object) {
    if (is_remembered_key(key_of(Known::kObjectWithout, object.identity()))) return;
    if (!object.open(rooms.elf)) return;
    const LoadedObject loaded = object.loaded();
    const CountedObject counted = {.subject = subject_,
                                   .status = status_,
                                   .loaded = loaded,
                                   .farewell = farewell,
                                   .room = rooms.rest};
    const auto add = [&](CountersFate its) { fate = std::max(fate, its); };
    if (object.is_program() && may_have_go_counters(loaded.file)) {
      add(save_go_counters(counted));
    }
    if (!farewell.is_fatal) return;
    if (may_have_llvm_counters(loaded.file)) add(save_llvm_counters(counted));
    if (may_have_gcov_counters(loaded.file, rooms.rest)) add(save_gcov_counters(counted));
  });
  return subject_.is_denied() ? CountersFate::kDenied : fate;
}

}  // namespace covenv
