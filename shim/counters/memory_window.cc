// SPDX-License-Identifier: MIT
#include "shim/counters/memory_window.h"

#include <algorithm>

namespace covenv {
namespace {

constexpr std::size_t kFirstReach = std::size_t{16} * 1024;
constexpr std::uint64_t kPage = 4096;

}  // namespace

const char* MemoryWindow::bytes(std::uint64_t address, std::size_t size) {
  if (size == 0 || size > room_.size() || address + size < address) return nullptr;
  if (!piece_.contains(address, size) && !load(address, size)) return nullptr;
  return &room_[address - piece_.begin];
}

std::span<const char> MemoryWindow::some(std::uint64_t address, std::size_t most) {
  const Extent* const extent = extent_of(address, 1);
  const std::uint64_t end = extent != nullptr ? extent->end : (address | (kPage - 1)) + 1;
  most = std::min(most, room_.size());
  // At the last page of the address space, `end` is 0.
  if (end - address < most) most = static_cast<std::size_t>(end - address);
  const char* const found = bytes(address, most);
  return found != nullptr ? std::span(found, most) : std::span<const char>();
}

const Extent* MemoryWindow::extent_of(std::uint64_t address, std::size_t size) const {
  for (const Extent& extent : extents_) {
    if (extent.contains(address, size)) return &extent;
  }
  return nullptr;
}

bool MemoryWindow::load(std::uint64_t address, std::size_t size) {
  const Extent* const extent = extent_of(address, size);
  if (extent == nullptr) return read(address, size);
  choose_reach(address);
  const std::uint64_t wanted = std::max(reach_, size);
  const std::uint64_t end = address + size;
  // Compilers lay out what belongs to the functions of a unit in either order.
  const bool is_downwards = address < piece_.begin;
  const std::uint64_t before =
      is_downwards ? std::min(wanted, end - extent->begin) : std::uint64_t{size};
  const std::uint64_t behind = is_downwards ? 0 : std::min(wanted, extent->end - address) - size;
  return read(end - before, static_cast<std::size_t>(before + behind)) || read(address, size);
}

void MemoryWindow::choose_reach(std::uint64_t address) {
  const std::uint64_t distance =
      address < piece_.begin ? piece_.begin - address : address - piece_.begin;
  const bool is_close = piece_.end != 0 && distance <= 2 * std::uint64_t{reach_};
  reach_ = std::min(is_close ? reach_ * 2 : kFirstReach, room_.size());
}

bool MemoryWindow::read(std::uint64_t begin, std::size_t size) {
  const bool is_read = memory_.read(begin, room_.first(size));
  piece_ = is_read ? Extent{.begin = begin, .end = begin + size} : Extent{};
  return is_read;
}

}  // namespace covenv
