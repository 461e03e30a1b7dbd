// SPDX-License-Identifier: MIT
#include "shim/native/counted_program.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

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

/// Calls walk(visitor), whose visitor calls visit(object). Once more by another thread if no object
/// shows, because the leading thread may have ended just now. False if no object shows at all.
template <typename Visit, typename Walk>
bool is_walked(Subject& subject, Visit& visit, Walk walk) {
  struct Noting {
    Visit& visit;
    bool any;
  } noting = {visit, false};
  const ObjectVisitor visitor = {.context = &noting,
                                 .visit = [](void* context, ObjectFile& object) {
                                   auto& its = *static_cast<Noting*>(context);
                                   its.any = true;
                                   its.visit(object);
                                 }};
  walk(visitor);
  if (!noting.any && subject.take_living_thread()) walk(visitor);
  return noting.any;
}

/// Requires object.open().
bool may_have_any(const ObjectFile& object, const Rooms& rooms) {
  const ElfFile& file = object.file();
  if (!file.is_sound()) return false;
  return may_have_llvm_counters(file) || may_have_gcov_counters(file, rooms.rest) ||
         (object.is_program() && may_have_go_counters(file));
}

}  // namespace

/// A process that has made itself undumpable hides its program from other users than root, and
/// shows its arguments: the first one names the program, as a rule.
bool CountedProgram::may_have_counters_by_name() {
  const Room room(kRoom);
  if (room.bytes().empty()) return false;
  const Rooms rooms(room.bytes());
  const std::span<const char> arguments = subject_.read_file("cmdline", rooms.files);
  if (arguments.empty() || std::memchr(arguments.data(), '\0', arguments.size()) == nullptr) {
    return false;
  }
  ObjectFile program(subject_, arguments.data(), {}, 0, true);
  return program.open(rooms.elf) && may_have_any(program, rooms);
}

bool CountedProgram::may_have_counters() {
  FileIdentity program;
  if (!subject_.identify_program(program)) {
    return subject_.is_denied() && may_have_counters_by_name();
  }
  // Which libraries the program has loaded shows in the size of the code.
  const std::uint64_t key = key_of(Known::kProgramWithout, program, status_.code_kib);
  if (status_.code_kib != 0 && is_remembered_key(key)) return false;
  const KeptRoom<kRoom> room;
  if (room.bytes().empty()) return false;
  const Rooms rooms(room.bytes());
  bool any = false;
  bool is_complete = true;
  auto look_at = [&](ObjectFile& object) {
    if (any) return;
    const std::uint64_t own_key = key_of(Known::kObjectWithout, object.identity());
    if (is_remembered_key(own_key)) return;
    if (!object.open(rooms.elf)) {
      is_complete = false;
    } else if (may_have_any(object, rooms)) {
      any = true;
    } else {
      remember_key(own_key);
    }
  };
  bool is_still_program = false;
  const bool is_shown = is_walked(subject_, look_at, [&](const ObjectVisitor& visitor) {
    is_still_program = for_each_code_file(subject_, program, rooms.files, visitor);
  });
  if (any) return true;
  // The status of a leading thread that has ended shows no code.
  if (!is_complete || !is_shown || status_.code_kib == 0) return false;
  // A process that has ended meanwhile has shown a part of its files.
  FileIdentity still;
  is_still_program = is_still_program || (subject_.identify_program(still) && still == program);
  if (is_still_program) remember_key(key);
  return false;
}

CountersFate CountedProgram::save(const Farewell& farewell) {
  const Room room(kRoom);
  if (room.bytes().empty()) return CountersFate::kNoFile;
  const Rooms rooms(room.bytes());
  CountersFate fate = CountersFate::kNone;
  auto save_one = [&](ObjectFile& object) {
    if (is_remembered_key(key_of(Known::kObjectWithout, object.identity()))) return;
    if (!object.open(rooms.elf) || !object.file().is_sound()) return;
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
  };
  is_walked(subject_, save_one, [&](const ObjectVisitor& visitor) {
    for_each_object_file(subject_, rooms.files, visitor);
  });
  return subject_.is_denied() ? CountersFate::kDenied : fate;
}

}  // namespace covenv
