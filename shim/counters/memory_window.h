// SPDX-License-Identifier: MIT
// A piece of a process's memory, read ahead, because each read is a system call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shim/counters/byte_access.h"

namespace covenv {

/// Memory that is mapped without a gap, such as a section.
struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool contains(std::uint64_t address, std::size_t size) const {
    return address >= begin && address < end && size <= end - address;
  }
};

/// Reads memory in pieces that grow as long as the addresses that are asked for stay close to one
/// another, upwards or downwards. The bytes are those of the moment at which a piece was read.
class MemoryWindow {
 public:
  MemoryWindow() = default;
  /// Reads ahead inside the extents only. `extents` and `room` belong to the window as long as it
  /// lives.
  MemoryWindow(const ByteSource& memory, std::span<const Extent> extents, std::span<char> room)
      : memory_(memory), extents_(extents), room_(room) {}

  /// The bytes at an address, valid until the next call. Null if these cannot be read, or are
  /// none, or are more than the room.
  const char* bytes(std::uint64_t address, std::size_t size);

  /// The bytes from an address on, up to `most`: fewer if the extent ends, or the page if the
  /// address lies in no extent. Empty if the first cannot be read.
  std::span<const char> some(std::uint64_t address, std::size_t most);

  std::size_t capacity() const { return room_.size(); }

 private:
  const Extent* extent_of(std::uint64_t address, std::size_t size) const;
  bool load(std::uint64_t address, std::size_t size);
  void choose_reach(std::uint64_t address);
  bool read(std::uint64_t begin, std::size_t size);

  ByteSource memory_ = {};
  std::span<const Extent> extents_;
  std::span<char> room_;
  Extent piece_;           ///< what the room holds
  std::size_t reach_ = 0;  ///< the size of the next piece
};

}  // namespace covenv
