// SPDX-License-Identifier: MIT
#include "shim/counters/go_counters_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "shim/counters/go_arguments.h"
#include "shim/counters/go_output.h"
#include "shim/counters/go_snapshot.h"

namespace covenv {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr char kMagic[] = {'\0', 'c', 'w', 'm'};
constexpr std::uint8_t kFlavorUleb128 = 2;

constexpr std::size_t kPiece = std::size_t{64} * 1024;

/// `coverage.CounterFileHeader` and the first `coverage.CounterSegmentHeader`.
struct FileHeader {
  char magic[4];
  std::uint32_t version;
  std::array<std::uint8_t, 16> hash;
  std::uint8_t flavor;
  std::uint8_t is_big_endian;
  std::uint8_t padding[6];
  std::uint64_t functions;
  std::uint32_t strings_size;
  std::uint32_t arguments_size;
};
static_assert(sizeof(FileHeader) == 48);

/// `coverage.CounterFileFooter`.
struct FileFooter {
  char magic[4];
  std::uint32_t padding;
  std::uint32_t segments;
  std::uint32_t padding_at_end;
};

/// Hands out the parts of a room.
class Parts {
 public:
  static constexpr std::size_t kAlignment = alignof(std::uint64_t);

  explicit Parts(std::span<char> room) : room_(room) {
    const std::size_t skip = (0 - reinterpret_cast<std::uintptr_t>(room.data())) % kAlignment;
    room_ = room.subspan(std::min(skip, room.size()));
  }

  static constexpr std::size_t size_of(std::size_t size) {
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }

  /// Empty if the room is not large enough.
  std::span<char> take(std::size_t size) {
    if (size_of(size) > room_.size()) return {};
    const std::span<char> part = room_.first(size);
    room_ = room_.subspan(size_of(size));
    return part;
  }

 private:
  std::span<char> room_;
};

void write_functions(const GoSnapshot& snapshot, GoOutput& output) {
  snapshot.for_each_live([&](const GoFunction& function) {
    output.put_uleb(function.counters.size());
    output.put_uleb(function.package);
    output.put_uleb(function.index);
    for (const std::uint32_t counter : function.counters) output.put_uleb(counter);
  });
}

/// A file's name, as far as it is written.
class Name {
 public:
  explicit Name(std::span<char> into) : into_(into) {}

  Name& add(std::string_view text) {
    for (const char c : text) {
      if (size_ + 1 < into_.size()) into_[size_++] = c;
    }
    return *this;
  }

  Name& add_hash(const std::array<std::uint8_t, 16>& hash) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const std::uint8_t byte : hash) {
      add({&kDigits[byte >> 4U], 1}).add({&kDigits[byte & 15U], 1});
    }
    return *this;
  }

  Name& add_number(std::uint64_t number) {
    std::array<char, kMostGoDigits> digits;
    return add(go_decimal(number, digits));
  }

  std::string_view finished() {
    if (into_.empty()) return {};
    into_[size_] = '\0';
    return {into_.data(), size_};
  }

 private:
  std::span<char> into_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t go_file_room(const GoCounters& found, std::span<const char> command_line) {
  return Parts::kAlignment + Parts::size_of(found.words * sizeof(std::uint32_t)) +
         Parts::size_of(GoArguments::room_for(command_line)) + kPiece;
}

bool write_go_counters(const GoCounters& found, const ByteSource& memory,
                       std::span<const char> command_line, const ByteSink& sink,
                       std::span<char> room) {
  if (found.words > GoCounters::kMostWords || command_line.size() > kMostGoCommandLine)
    return false;
  if (room.size() < go_file_room(found, command_line)) return false;
  Parts parts(room);
  const std::span<char> words = parts.take(found.words * sizeof(std::uint32_t));
  const std::span<char> texts = parts.take(GoArguments::room_for(command_line));
  const std::span<char> piece = parts.take(kPiece);

  GoSnapshot snapshot(found, words);
  if (!snapshot.take(memory, piece)) return false;
  const GoArguments arguments(command_line, texts);

  FileHeader header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kVersion;
  header.hash = found.hash;
  header.flavor = kFlavorUleb128;
  snapshot.for_each_live([&](const GoFunction&) { ++header.functions; });
  header.strings_size = arguments.strings_size();
  header.arguments_size = arguments.pairs_size();
  FileFooter footer = {};
  std::memcpy(footer.magic, kMagic, sizeof(kMagic));
  footer.segments = 1;

  GoOutput output(sink, piece);
  output.put_object(header);
  arguments.write(output);
  write_functions(snapshot, output);
  output.put_object(footer);
  return output.finish();
}

std::string_view go_counters_file_name(const GoCounters& found, std::uint32_t pid,
                                       std::uint64_t nanoseconds, std::span<char> into) {
  Name name(into);
  name.add("covcounters.").add_hash(found.hash).add(".").add_number(pid).add(".");
  return name.add_number(nanoseconds).finished();
}

std::string_view go_meta_file_name(const GoCounters& found, std::span<char> into) {
  return Name(into).add("covmeta.").add_hash(found.hash).finished();
}

}  // namespace covenv
