// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_profile.h"

#include <algorithm>
#include <cstring>

#include "shim/counters/llvm_compiler.h"
#include "shim/counters/llvm_layout.h"

namespace covenv {
namespace {

constexpr std::uint64_t kLargestSection = std::uint64_t{1} << 32U;
constexpr std::uint64_t kValueNode = 24;

// The runtime's variables, in the order in which they are looked for.
enum Variable : std::uint8_t { kVersion, kFilename, kLinked, kCounterBias, kBitmapBias, kDumped };
constexpr std::size_t kVariables = 6;
using Variables = std::array<Symbol, kVariables>;

bool find_range(const LoadedObject& object, std::string_view name, MemoryRange& range) {
  const std::optional<Section> section = object.file.find_section(name);
  if (!section || !section->is_loaded() || section->size > kLargestSection) return false;
  range = {.address = object.bias + section->address, .size = section->size};
  return range.address <= UINT64_MAX - range.size;
}

/// What the end of `lprofFilename` has gained tells which specifiers the runtime knows.
constexpr std::uint64_t kSizeWithBuildId = 200;
constexpr std::uint64_t kSizeWithSignals = 216;

bool read_runtime(const LoadedObject& object, const Variables& variables, LlvmRuntime& runtime) {
  const auto read = [&](Variable variable, auto& value) {
    const Symbol& symbol = variables[variable];
    return !symbol.is_found || object.memory.read(object.bias + symbol.address, value);
  };
  // The first fields of `lprofFilename`, which all versions share.
  struct {
    std::uint64_t pattern;
    std::uint64_t owns_pattern;
    std::uint64_t prefix;
    std::array<char, 16> pid;
  } filename = {};
  std::uint64_t counter_bias = 0;
  std::uint64_t bitmap_bias = 0;
  std::uint32_t dumped = 0;
  if (!read(kFilename, filename) || !read(kCounterBias, counter_bias) ||
      !read(kBitmapBias, bitmap_bias) || !read(kDumped, dumped)) {
    return false;
  }
  filename.pid.back() = '\0';
  const Symbol& linked = variables[kLinked];
  runtime = {.is_known = variables[kFilename].is_found,
             .pattern = filename.pattern,
             .linked_pattern = linked.is_found ? object.bias + linked.address : 0,
             .pid = filename.pid,
             .is_dumped = dumped != 0,
             .is_continuous = counter_bias != 0 || bitmap_bias != 0,
             .knows_build_id = variables[kFilename].size >= kSizeWithBuildId,
             .knows_signals = variables[kFilename].size >= kSizeWithSignals};
  return true;
}

/// Whether `size` bytes, `offset` behind `from`, lie within the range.
bool holds(const MemoryRange& range, std::uint64_t from, std::uint64_t offset, std::uint64_t size) {
  const std::uint64_t at = from + offset - range.address;
  return at <= range.size && size <= range.size - at;
}

bool is_record_sound(const LlvmRecord& record, const LlvmProfile& profile, std::uint64_t address) {
  const std::uint64_t size = record.counter_count * llvm_counter_size(profile.version);
  return !record.has_value_sites && !record.has_filled_gap &&
         holds(profile.counters, address, record.counters, size) &&
         (record.bitmap_size == 0 ||
          holds(profile.bitmap, address, record.bitmap, record.bitmap_size));
}

/// Whether the sections are what a program of the profile's version has.
bool are_records_sound(const LlvmProfile& profile, const ByteSource& memory, std::span<char> room) {
  const std::size_t size = llvm_record_size(profile.version);
  if (profile.data.size % size != 0) return false;
  if (profile.counters.size % llvm_counter_size(profile.version) != 0) return false;
  room = room.first(room.size() / size * size);
  for (std::uint64_t at = 0; at < profile.data.size;) {
    const std::uint64_t left = profile.data.size - at;
    const auto piece =
        room.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, room.size())));
    if (!memory.read(profile.data.address + at, piece)) return false;
    for (std::size_t i = 0; i < piece.size(); i += size) {
      const LlvmRecord record = llvm_record_at(&piece[i], profile.version);
      if (!is_record_sound(record, profile, profile.data.address + at + i)) return false;
    }
    at += piece.size();
  }
  return true;
}

bool is_supported(std::uint64_t version) {
  const std::uint64_t number = llvm_number(version);
  return number >= kLlvmOldestVersion && number <= kLlvmNewestVersion &&
         (version & (kLlvmDebugCorrelate | kLlvmMemProf)) == 0;
}

/// The version of a stripped file. Its variant bits are 0: clang makes a coverage map only for
/// counters of the front end, and counters of a byte do not pass as counters of eight.
bool prove_version(const LoadedObject& object, std::span<char> room, LlvmProfile& profile) {
  if (!object.file.find_section("__llvm_covmap")) return false;
  const std::uint64_t llvms = llvms_of(object.file, room);
  if ((llvms & kMadeByRustc) != 0) profile.default_pattern = "default_%m_%p.profraw";
  std::uint64_t proven = 0;
  for (std::uint64_t version = kLlvmOldestVersion; version <= kLlvmNewestVersion; ++version) {
    const std::uint64_t writers = llvms_of_raw_version(llvms, version);
    if (writers == 0) continue;
    profile.version = version;
    if (!are_records_sound(profile, object.memory, room)) continue;
    if (proven != 0) return false;
    proven = version;
    profile.runtime.knows_build_id = (writers >> 21U) != 0;
  }
  profile.version = proven;
  return proven != 0;
}

bool find_sections(const LoadedObject& object, LlvmProfile& profile) {
  if (!find_range(object, "__llvm_prf_data", profile.data) ||
      !find_range(object, "__llvm_prf_cnts", profile.counters) ||
      !find_range(object, "__llvm_prf_names", profile.names)) {
    return false;
  }
  // Values of vtables have tables of their own.
  if (object.file.find_section("__llvm_prf_vtab") || object.file.find_section("__llvm_prf_vns")) {
    return false;
  }
  MemoryRange nodes;
  if (find_range(object, "__llvm_prf_vnds", nodes)) profile.value_nodes = nodes.size / kValueNode;
  return !object.file.find_section("__llvm_prf_bits") ||
         find_range(object, "__llvm_prf_bits", profile.bitmap);
}

/// Reads the text that ends with a zero, no byte of the page behind the text.
bool read_text(const ByteSource& memory, std::uint64_t address, std::span<char> room,
               std::string_view& text) {
  constexpr std::size_t kPage = 4096;
  for (std::size_t size = 0; size < room.size();) {
    const std::size_t to_page_end = kPage - static_cast<std::size_t>((address + size) % kPage);
    const std::span<char> piece = room.subspan(size, std::min(to_page_end, room.size() - size));
    if (!memory.read(address + size, piece)) return false;
    const void* const end = std::memchr(piece.data(), 0, piece.size());
    if (end != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - room.data());
      text = {room.data(), length};
      return true;
    }
    size += piece.size();
  }
  return false;
}

}  // namespace

std::uint64_t LlvmProfile::record_count() const { return data.size / llvm_record_size(version); }

std::uint64_t LlvmProfile::counter_count() const {
  return counters.size / llvm_counter_size(version);
}

bool find_llvm_profile(const LoadedObject& object, std::span<char> room, LlvmProfile& found) {
  found = {};
  found.default_pattern = "default.profraw";
  if (room.size() < kLlvmRoom || !find_sections(object, found)) return false;
  Variables variables = {{{.name = "__llvm_profile_raw_version"},
                          {.name = "lprofCurFilename"},
                          {.name = "__llvm_profile_filename"},
                          {.name = "__llvm_profile_counter_bias"},
                          {.name = "__llvm_profile_bitmap_bias"},
                          {.name = "ProfileDumped"}}};
  object.file.find_symbols(variables);
  if (!read_runtime(object, variables, found.runtime)) return false;
  if (variables[kVersion].is_found) {
    if (!object.memory.read(object.bias + variables[kVersion].address, found.version)) return false;
    if (!is_supported(found.version)) return false;
    if (!are_records_sound(found, object.memory, room)) return false;
  } else if (!prove_version(object, room, found)) {
    return false;
  }
  return object.memory.read(found.data.address, found.first_name) &&
         find_build_ids(object, room, found.build_ids);
}

bool read_llvm_pattern(const LlvmProfile& profile, const LoadedObject& object, std::span<char> room,
                       std::string_view& pattern) {
  pattern = {};
  const LlvmRuntime& runtime = profile.runtime;
  const std::uint64_t address = runtime.pattern != 0 ? runtime.pattern : runtime.linked_pattern;
  return address == 0 || read_text(object.memory, address, room, pattern);
}

bool read_llvm_build_id(const LlvmProfile& profile, const LoadedObject& object,
                        std::span<char> room, std::string_view& digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::size_t used = 0;
  for (const MemoryRange& id : profile.build_ids.all()) {
    if (id.size > (room.size() - used) / 2) return false;
    const auto size = static_cast<std::size_t>(id.size);
    const std::span<char> bytes = room.subspan(used + size, size);
    if (!object.memory.read(id.address, bytes)) return false;
    // The digits grow over the bytes that they are made of, never over a byte that is still to
    // come.
    for (const char byte : bytes) {
      const auto value = static_cast<unsigned char>(byte);
      room[used++] = kDigits[value >> 4U];
      room[used++] = kDigits[value & 15U];
    }
  }
  digits = {room.data(), used};
  return true;
}

std::uint64_t llvm_signature(const LlvmProfile& profile) {
  return (profile.names.size << 40U) + (profile.counter_count() << 30U) +
         (profile.record_count() << 20U) + (profile.value_nodes << 10U) + profile.first_name +
         profile.version + kLlvmRawMagic;
}

}  // namespace covenv
