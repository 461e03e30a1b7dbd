// SPDX-License-Identifier: MIT
#include "shim/core/remembered.h"

#include "shim/core/entry.h"

namespace covenv {
namespace {

constexpr std::string_view kPreload = "LD_PRELOAD";

}  // namespace

void Remembered::learn(const char* const* environment, const Settings& settings) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const char* const entry = *environment;
    if (has_name(entry, kPreload)) knows_preload_ = true;
    const bool may_be_carried = can_be_carried(entry, settings);
    if (!may_be_carried && witness_count_ == kMaxWitnesses) continue;
    const HashedName name(entry);
    if (may_be_carried && is_carried(entry, name.text, settings)) {
      const bool is_full = count_.load(std::memory_order_relaxed) == Carried::kCapacity;
      if (is_full || knows(name) || !begin_write()) continue;  // getenv() takes the first
      append(entry, name);
      end_write();
    } else if (witness_count_ < kMaxWitnesses) {
      witnesses_[witness_count_++] = name.hash;
    }
  }
}

void Remembered::remember(const char* entry) {
  if (!begin_write()) return;
  const HashedName name(entry);
  if (knows(name)) forget(name);
  append(entry, name);
  end_write();
}

void Remembered::append(const char* entry, const HashedName& name) {
  const std::size_t used = used_.load(std::memory_order_relaxed);
  const std::size_t count = count_.load(std::memory_order_relaxed);
  if (count == Carried::kCapacity) return;
  const std::size_t size = std::string_view(entry).size() + 1;
  if (size > kTextCapacity - used) return;
  __builtin_memcpy(&text_[used], entry, size);
  slots_[count] = {static_cast<std::uint32_t>(used), static_cast<std::uint32_t>(size),
                   static_cast<std::uint32_t>(name.text.size()), name.hash};
  used_.store(used + size, std::memory_order_relaxed);
  count_.store(count + 1, std::memory_order_relaxed);
}

void Remembered::clear() {
  if (!begin_write()) return;
  count_.store(0, std::memory_order_relaxed);
  used_.store(0, std::memory_order_relaxed);
  end_write();
}

bool Remembered::knows(const HashedName& name) const {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < count; ++i) {
    const HashedName known = name_at(i);
    if (known.hash == name.hash && known.text == name.text) return true;
  }
  return false;
}

bool Remembered::knows(bool (*matches)(const char* entry)) const {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < count; ++i) {
    if (matches(&text_[slots_[i].start])) return true;
  }
  return false;
}

bool Remembered::knows_more_than(const Carried& carried) const {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < count; ++i) {
    if (!carried.has(name_at(i))) return true;
  }
  return false;
}

void Remembered::expect_to_set_in(const char* const* environment) {
  if (environment == nullptr || *environment == nullptr) {
    is_emptied_.store(true, std::memory_order_relaxed);
  } else if (is_emptied_.load(std::memory_order_relaxed) && !is_gone(environment)) {
    is_emptied_.store(false, std::memory_order_relaxed);
  }
}

bool Remembered::is_gone(const char* const* environment) const {
  std::uint32_t seen = 0;
  std::size_t present = 0;
  bool has_preload = false;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (has_name(*environment, kPreload)) has_preload = true;
    const std::uint32_t hash = HashedName(*environment).hash;
    for (std::size_t i = 0; i < witness_count_; ++i) {
      const std::uint32_t bit = std::uint32_t{1} << i;
      if (witnesses_[i] != hash || (seen & bit) != 0) continue;
      seen |= bit;
      ++present;
    }
  }
  if (knows_preload_ && !has_preload) return true;
  const bool was_empty = is_emptied_.load(std::memory_order_relaxed);
  return was_empty ? present < witness_count_ : present * 2 < witness_count_;
}

void Remembered::recall(std::span<char> text, Carried& carried) const {
  const std::uint32_t before = version_.load(std::memory_order_acquire);
  const std::size_t used = used_.load(std::memory_order_relaxed);
  if ((before & 1U) != 0 || used > text.size()) return;
  __builtin_memcpy(text.data(), text_, used);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (version_.load(std::memory_order_relaxed) != before) return;
  // Only the copy is read from here on, because a writer may begin at any time.
  for (std::size_t at = 0; at < used; at += std::string_view(&text[at]).size() + 1) {
    const HashedName name(&text[at]);
    if (!carried.has(name) && !carried.add(&text[at], name)) return;
  }
}

bool Remembered::begin_write() {
  std::uint32_t version = version_.load(std::memory_order_relaxed);
  if ((version & 1U) != 0) return false;
  if (!version_.compare_exchange_strong(version, version + 1, std::memory_order_acquire)) {
    return false;
  }
  std::atomic_thread_fence(std::memory_order_release);  // the odd number is seen before the text
  return true;
}

void Remembered::end_write() { version_.fetch_add(1, std::memory_order_release); }

void Remembered::forget(const HashedName& name) {
  const std::size_t count = count_.load(std::memory_order_relaxed);
  std::size_t used = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = slots_[i];
    if (slot.hash == name.hash && has_name(&text_[slot.start], name.text)) continue;
    __builtin_memmove(&text_[used], &text_[slot.start], slot.size);
    slots_[kept++] = {static_cast<std::uint32_t>(used), slot.size, slot.name_size, slot.hash};
    used += slot.size;
  }
  count_.store(kept, std::memory_order_relaxed);
  used_.store(used, std::memory_order_relaxed);
}

}  // namespace covenv
