// SPDX-License-Identifier: MIT
#include "shim/counters/llvm_raw_file.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "shim/counters/llvm_layout.h"

namespace covenv {
namespace {

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// Version 8 pads the last part alone, which shows if counters are bytes.
std::uint64_t padding_after_counters(const LlvmProfile& profile) {
  return llvm_number(profile.version) < 9 ? 0 : llvm_padding(profile.counters.size);
}

/// The first words of a raw profile.
class Header {
 public:
  explicit Header(const LlvmProfile& profile) {
    const std::uint64_t number = llvm_number(profile.version);
    const LlvmRawParts parts = llvm_raw_parts(profile);
    add(kLlvmRawMagic);
    add(profile.version);
    add(parts.data - parts.build_ids);
    add(profile.record_count());
    add(0);  // padding before the counters
    add(profile.counter_count());
    add(padding_after_counters(profile));
    if (number >= 9) {
      add(profile.bitmap.size);
      add(llvm_padding(profile.bitmap.size));
    }
    add(profile.names.size);
    add(profile.counters.address - profile.data.address);
    // A program without bitmaps has 0 as their address, which the loader does not move.
    if (number >= 9) {
      if (profile.bitmap.address == 0) bitmap_at_ = count_;
      add(profile.bitmap.address - profile.data.address);
    }
    names_at_ = count_;
    add(profile.names.address);
    if (number >= 10) {
      add(0);  // vtables
      add(0);  // bytes of their names
    }
    add(number >= 10 ? 2 : 1);  // the last kind of values
  }

  std::span<const char> bytes() const {
    return {reinterpret_cast<const char*>(words_.data()), count_ * sizeof(std::uint64_t)};
  }

  /// Compares with a header of another run of the module: all but the address of the names, and the
  /// distance to the bitmaps if there are none, because 0 as their address makes it an address.
  bool is_alike(std::span<const char> other) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (i == names_at_ || i == bitmap_at_) continue;
      if (words_[i] != word_at(&other[i * sizeof(std::uint64_t)])) return false;
    }
    return true;
  }

  static std::size_t size_of(std::uint64_t version) {
    const std::uint64_t number = llvm_number(version);
    const std::size_t words = number < 9 ? 11 : number < 10 ? 14 : 16;
    return words * sizeof(std::uint64_t);
  }

 private:
  void add(std::uint64_t word) { words_[count_++] = word; }

  static constexpr std::size_t kNone = 16;

  std::array<std::uint64_t, 16> words_;
  std::size_t count_ = 0;
  std::size_t names_at_ = kNone;
  std::size_t bitmap_at_ = kNone;
};

/// What becomes of bytes in memory and bytes in a file.
using Combine = void (*)(std::span<char> bytes, std::span<const char> older);

void add_counters(std::span<char> bytes, std::span<const char> older) {
  for (std::size_t i = 0; i + sizeof(std::uint64_t) <= bytes.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t sum = word_at(&bytes[i]) + word_at(&older[i]);
    std::memcpy(&bytes[i], &sum, sizeof(sum));
  }
}

/// A counter of a byte is 0 once the code has run.
void cover_bytes(std::span<char> bytes, std::span<const char> older) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] & older[i]);
  }
}

void add_bits(std::span<char> bytes, std::span<const char> older) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] | older[i]);
  }
}

/// Gathers a file in a room, and writes the room when it is full.
class Output {
 public:
  /// `older` may be null. If not, half of the room is for what is read of it.
  Output(const ByteSink& sink, const ByteSource& memory, const ByteSource* older,
         std::span<char> room)
      : sink_(sink),
        memory_(memory),
        older_(older),
        buffer_(room.first(older == nullptr ? room.size() : room.size() / 2)),
        older_room_(room.subspan(buffer_.size())) {}

  bool add(std::span<const char> bytes) {
    if (bytes.size() > buffer_.size() - used_ && !flush()) return false;
    std::memcpy(&buffer_[used_], bytes.data(), bytes.size());
    used_ += bytes.size();
    return true;
  }

  bool add_zeros(std::uint64_t count) {
    constexpr std::array<char, 8> kZeros = {};
    return add(std::span(kZeros).first(static_cast<std::size_t>(count)));
  }

  bool add_memory(const MemoryRange& range, Combine combine = nullptr) {
    for (std::uint64_t at = 0; at < range.size;) {
      if (used_ == buffer_.size() && !flush()) return false;
      const std::uint64_t left = range.size - at;
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size() - used_));
      const std::span<char> piece = buffer_.subspan(used_, size);
      if (!memory_.read(range.address + at, piece)) return false;
      if (older_ != nullptr && combine != nullptr) {
        const std::span<char> older = older_room_.first(size);
        if (!older_->read(written_ + used_, older)) return false;
        combine(piece, older);
      }
      used_ += size;
      at += size;
    }
    return true;
  }

  bool flush() {
    const std::span<const char> bytes = buffer_.first(used_);
    const bool is_written = sink_.write(bytes);
    written_ += used_;
    used_ = 0;
    return is_written;
  }

 private:
  const ByteSink& sink_;
  const ByteSource& memory_;
  const ByteSource* older_;
  std::span<char> buffer_;
  std::span<char> older_room_;
  std::size_t used_ = 0;
  std::uint64_t written_ = 0;
};

bool write(const LlvmProfile& profile, const LoadedObject& object, const ByteSource* older,
           const ByteSink& sink, std::span<char> room) {
  if (room.size() < kLlvmRoom) return false;
  Output output(sink, object.memory, older, room.first(kLlvmRoom));
  if (!output.add(Header(profile).bytes())) return false;
  for (const MemoryRange& id : profile.build_ids.all()) {
    const std::uint64_t size = id.size;
    if (!output.add({reinterpret_cast<const char*>(&size), sizeof(size)})) return false;
    if (!output.add_memory(id) || !output.add_zeros(llvm_padding(size))) return false;
  }
  const bool is_bytes = (profile.version & kLlvmByteCoverage) != 0;
  return output.add_memory(profile.data) &&
         output.add_memory(profile.counters, is_bytes ? cover_bytes : add_counters) &&
         output.add_zeros(padding_after_counters(profile)) &&
         output.add_memory(profile.bitmap, add_bits) &&
         output.add_zeros(llvm_padding(profile.bitmap.size)) && output.add_memory(profile.names) &&
         output.add_zeros(llvm_padding(profile.names.size)) && output.flush();
}

/// Calls is_alike(memory, file) for the pieces of a range and of what lies at `at` in a file.
template <typename IsAlike>
bool compare(const MemoryRange& range, const ByteSource& memory, const ByteSource& file,
             std::uint64_t at, std::span<char> room, IsAlike is_alike) {
  const std::size_t half = room.size() / 2;
  for (std::uint64_t done = 0; done < range.size;) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(range.size - done, half));
    const std::span<char> ours = room.first(size);
    const std::span<char> theirs = room.subspan(half, size);
    if (!memory.read(range.address + done, ours) || !file.read(at + done, theirs)) return false;
    if (!is_alike(ours, theirs)) return false;
    done += size;
  }
  return true;
}

bool are_at_most(std::span<const char> counters, std::span<const char> older) {
  for (std::size_t i = 0; i + sizeof(std::uint64_t) <= counters.size();
       i += sizeof(std::uint64_t)) {
    if (word_at(&older[i]) > word_at(&counters[i])) return false;
  }
  return true;
}

bool are_covered(std::span<const char> bytes, std::span<const char> older) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((bytes[i] & ~older[i]) != 0) return false;
  }
  return true;
}

bool are_bits_kept(std::span<const char> bytes, std::span<const char> older) {
  return are_covered(older, bytes);
}

}  // namespace

LlvmRawParts llvm_raw_parts(const LlvmProfile& profile) {
  LlvmRawParts parts = {};
  parts.build_ids = Header::size_of(profile.version);
  parts.data = parts.build_ids;
  for (const MemoryRange& id : profile.build_ids.all()) {
    parts.data += sizeof(std::uint64_t) + id.size + llvm_padding(id.size);
  }
  const auto behind = [](std::uint64_t at, const MemoryRange& range) {
    return at + range.size + llvm_padding(range.size);
  };
  parts.counters = behind(parts.data, profile.data);
  parts.bitmap = parts.counters + profile.counters.size + padding_after_counters(profile);
  parts.names = behind(parts.bitmap, profile.bitmap);
  parts.size = behind(parts.names, profile.names);
  return parts;
}

bool write_llvm_profile(const LlvmProfile& profile, const LoadedObject& object,
                        const ByteSink& sink, std::span<char> room) {
  return write(profile, object, nullptr, sink, room);
}

bool write_merged_llvm_profile(const LlvmProfile& profile, const LoadedObject& object,
                               const ByteSource& file, const ByteSink& sink, std::span<char> room) {
  return write(profile, object, &file, sink, room);
}

bool is_mergeable(const LlvmProfile& profile, const LoadedObject& object, const ByteSource& file,
                  std::uint64_t size, std::span<char> room) {
  const LlvmRawParts parts = llvm_raw_parts(profile);
  if (room.size() < kLlvmRoom || size < parts.size) return false;
  if ((profile.version & kLlvmTemporal) != 0) return false;
  const Header header(profile);
  const std::span<char> theirs = room.first(header.bytes().size());
  if (!file.read(0, theirs) || !header.is_alike(theirs)) return false;
  const std::size_t record = llvm_record_size(profile.version);
  const std::size_t half = kLlvmRoom / 2 / record * record;
  return compare(profile.data, object.memory, file, parts.data, room.first(2 * half),
                 [&](std::span<const char> memory, std::span<const char> old) {
                   for (std::size_t i = 0; i < memory.size(); i += record) {
                     LlvmRecord one = llvm_record_at(&memory[i], profile.version);
                     LlvmRecord other = llvm_record_at(&old[i], profile.version);
                     if (one.bitmap_size == 0) one.bitmap = other.bitmap = 0;
                     if (one != other) return false;
                   }
                   return true;
                 });
}

bool is_earlier_dump(const LlvmProfile& profile, const LoadedObject& object, const ByteSource& file,
                     std::uint64_t at, std::uint64_t size, std::span<char> room) {
  const LlvmRawParts parts = llvm_raw_parts(profile);
  if (room.size() < kLlvmRoom || at > size || size - at < parts.size) return false;
  room = room.first(kLlvmRoom);
  const Header header(profile);
  const std::span<const char> ours = header.bytes();
  if (!file.read(at, room.first(ours.size()))) return false;
  if (std::memcmp(room.data(), ours.data(), ours.size()) != 0) return false;
  const bool is_bytes = (profile.version & kLlvmByteCoverage) != 0;
  return compare(profile.counters, object.memory, file, at + parts.counters, room,
                 is_bytes ? are_covered : are_at_most) &&
         compare(profile.bitmap, object.memory, file, at + parts.bitmap, room, are_bits_kept);
}

}  // namespace covenv
