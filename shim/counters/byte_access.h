// SPDX-License-Identifier: MIT
// How the readers of counters reach bytes that are not their own. Every byte that a read gives may
// lie: another process writes the memory while it is read, and a file may be of any make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace covenv {

/// What is read and written as it lies in memory. A span is not, because its bytes are elsewhere.
template <typename T>
concept PlainValue =
    std::is_trivially_copyable_v<T> && !std::is_convertible_v<T, std::span<const char>>;

/// Bytes that lie at numbers: a file's by position, a process's memory by address.
struct ByteSource {
  void* context;
  /// Fills `into` from `at` on, with one call of the kernel. False if not all bytes can be read;
  /// what `into` then holds is undefined.
  bool (*read_bytes)(void* context, std::uint64_t at, std::span<char> into);

  bool read(std::uint64_t at, std::span<char> into) const {
    return into.empty() || read_bytes(context, at, into);
  }

  template <PlainValue T>
  bool read(std::uint64_t at, T& value) const {
    return read(at, std::span(reinterpret_cast<char*>(&value), sizeof(value)));
  }
};

/// Where a file's bytes go, one behind the other.
struct ByteSink {
  void* context;
  /// False if not all bytes could be written; nothing more is to be written then.
  bool (*write_bytes)(void* context, std::span<const char> bytes);

  bool write(std::span<const char> bytes) const {
    return bytes.empty() || write_bytes(context, bytes);
  }

  template <PlainValue T>
  bool write(const T& value) const {
    return write(std::span(reinterpret_cast<const char*>(&value), sizeof(value)));
  }
};

}  // namespace covenv
