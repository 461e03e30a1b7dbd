// SPDX-License-Identifier: MIT
// Memory for the length of a scope, from the kernel, because the hooks have no heap and the stack
// may be small.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <span>

#include "shim/proc/raw_syscall.h"

namespace covenv {

/// Null if the kernel gives none (RLIMIT_AS). Pages that nothing is written to cost nothing.
inline char* map_room(std::size_t size) {
  const long address = raw_syscall(SYS_mmap, 0, static_cast<long>(size), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return is_error(address) ? nullptr : reinterpret_cast<char*>(address);
}

inline void unmap_room(char* room, std::size_t size) {
  raw_syscall(SYS_munmap, to_register(room), static_cast<long>(size));
}

class Room {
 public:
  /// Empty if the kernel gives none, or for a size of 0.
  explicit Room(std::size_t size) {
    char* const room = map_room(size);
    if (room != nullptr) bytes_ = {room, size};
  }
  ~Room() {
    if (!bytes_.empty()) unmap_room(bytes_.data(), bytes_.size());
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  std::span<char> bytes() const { return bytes_; }

 private:
  std::span<char> bytes_;
};

/// A room that this process keeps for the next scope, because the kernel's work for a mapping takes
/// as long as three reads of a file.
template <std::size_t kSize>
class KeptRoom {
 public:
  KeptRoom() : room_(kept_.exchange(nullptr, std::memory_order_acquire)) {
    if (room_ == nullptr) room_ = map_room(kSize);
  }
  ~KeptRoom() {
    if (room_ == nullptr) return;
    char* none = nullptr;
    if (!kept_.compare_exchange_strong(none, room_, std::memory_order_release)) {
      unmap_room(room_, kSize);
    }
  }
  KeptRoom(const KeptRoom&) = delete;
  KeptRoom& operator=(const KeptRoom&) = delete;

  /// Empty if the kernel gives none.
  std::span<char> bytes() const { return {room_, room_ != nullptr ? kSize : 0}; }

 private:
  static constinit inline std::atomic<char*> kept_{nullptr};

  char* room_;
};

}  // namespace covenv
