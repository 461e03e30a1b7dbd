// SPDX-License-Identifier: MIT
#include "shim/native/memo.h"

#include <sys/mman.h>

#include <atomic>

#include "shim/proc/raw_syscall.h"

namespace covenv {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kKeys = kPage / sizeof(std::uint64_t);
constexpr std::size_t kTries = 8;

struct Keys {
  std::atomic<std::uint64_t> keys[kKeys];
};

constinit std::atomic<Keys*> page{nullptr};

Keys* make_page() {
  const long address =
      raw_syscall(SYS_mmap, 0, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (is_error(address)) return nullptr;
  auto* const made = reinterpret_cast<Keys*>(address);
  Keys* others = nullptr;
  if (page.compare_exchange_strong(others, made)) return made;
  raw_syscall(SYS_munmap, address, kPage);
  return others;
}

std::uint64_t mixed(std::uint64_t number) {  // the finalizer of MurmurHash3
  number = (number ^ number >> 33U) * 0xff51afd7ed558ccdULL;
  number = (number ^ number >> 33U) * 0xc4ceb9fe1a85ec53ULL;
  return number ^ number >> 33U;
}

}  // namespace

std::uint64_t memo_key(std::initializer_list<std::uint64_t> numbers) {
  std::uint64_t key = numbers.size();
  for (const std::uint64_t number : numbers) key = mixed(key * 31 + number);
  return key != 0 ? key : 1;
}

void remember_key(std::uint64_t key) {
  Keys* set = page.load(std::memory_order_acquire);
  if (set == nullptr) set = make_page();
  if (set == nullptr) return;
  for (std::size_t i = 0; i < kTries; ++i) {
    std::atomic<std::uint64_t>& place = set->keys[(key + i) % kKeys];
    std::uint64_t free = 0;
    if (place.compare_exchange_strong(free, key, std::memory_order_relaxed) || free == key) return;
  }
  set->keys[key % kKeys].store(key, std::memory_order_relaxed);
}

void forget_key(std::uint64_t key) {
  Keys* const set = page.load(std::memory_order_acquire);
  if (set == nullptr) return;
  for (std::size_t i = 0; i < kTries; ++i) {
    std::uint64_t known = key;
    set->keys[(key + i) % kKeys].compare_exchange_strong(known, 0, std::memory_order_relaxed);
  }
}

bool is_remembered_key(std::uint64_t key) {
  const Keys* const set = page.load(std::memory_order_acquire);
  if (set == nullptr) return false;
  for (std::size_t i = 0; i < kTries; ++i) {
    if (set->keys[(key + i) % kKeys].load(std::memory_order_relaxed) == key) return true;
  }
  return false;
}

}  // namespace covenv
