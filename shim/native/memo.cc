// SPDX-License-Identifier: MIT
#include "shim/native/memo.h"

#include <atomic>

namespace covenv {
namespace {

constexpr std::size_t kKeys = 512;
constexpr std::size_t kTries = 8;

constinit std::atomic<std::uint64_t> keys[kKeys];

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
  for (std::size_t i = 0; i < kTries; ++i) {
    std::atomic<std::uint64_t>& place = keys[(key + i) % kKeys];
    std::uint64_t free = 0;
    if (place.compare_exchange_strong(free, key, std::memory_order_relaxed) || free == key) return;
  }
  keys[key % kKeys].store(key, std::memory_order_relaxed);
}

void forget_key(std::uint64_t key) {
  for (std::size_t i = 0; i < kTries; ++i) {
    std::uint64_t known = key;
    keys[(key + i) % kKeys].compare_exchange_strong(known, 0, std::memory_order_relaxed);
  }
}

bool is_remembered_key(std::uint64_t key) {
  // The first access is a write, because a read fault gives a page of zeroes, and the first write
  // would be a fault again.
  std::uint64_t none = 0;
  keys[key % kKeys].compare_exchange_strong(none, none, std::memory_order_relaxed);
  for (std::size_t i = 0; i < kTries; ++i) {
    if (keys[(key + i) % kKeys].load(std::memory_order_relaxed) == key) return true;
  }
  return false;
}

}  // namespace covenv
