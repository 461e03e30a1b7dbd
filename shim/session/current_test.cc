// SPDX-License-Identifier: MIT
#include "shim/session/current_test.h"

#include <atomic>
#include <string_view>

#include "shim/core/entry.h"
#include "shim/core/test_name.h"
#include "shim/proc/early.h"
#include "shim/session/recorder.h"

namespace covenv {
namespace {

COVENV_EARLY constinit const char* const* const* live = nullptr;

/// The test that was written last: the hash of its name above the number of its event.
constinit std::atomic<std::uint64_t> written{0};

constexpr std::size_t kRoom = 1024;
/// The test that pytest has set last. Odd during a write; a reader that meets one finds nothing.
constinit std::atomic<std::uint32_t> version{0};
constinit std::atomic<std::size_t> kept_size{0};
constinit char kept[kRoom] = {};
constinit std::atomic<bool> is_worker_told{false};

void keep(std::string_view test) {
  std::uint32_t before = version.load(std::memory_order_relaxed);
  if (before % 2 != 0 || !version.compare_exchange_strong(before, before + 1)) return;
  const std::size_t size = test.size() < kRoom ? test.size() : kRoom;
  for (std::size_t i = 0; i < size; ++i) kept[i] = test[i];
  kept_size.store(size, std::memory_order_relaxed);
  version.store(before + 2, std::memory_order_release);
}

/// The number of the test's event, which is written if the last one names another test.
std::uint32_t number_of(const TestName& test) {
  const std::uint32_t hash = test.hash();
  const std::uint64_t last = written.load(std::memory_order_relaxed);
  const auto known = static_cast<std::uint32_t>(last);
  if (known != 0 && static_cast<std::uint32_t>(last >> 32U) == hash) return known;
  const std::uint32_t number = record_test(test);
  if (number != 0) {
    written.store((std::uint64_t{hash} << 32U) | number, std::memory_order_relaxed);
  }
  return number;
}

std::uint32_t number_of_kept() {
  const std::uint32_t before = version.load(std::memory_order_acquire);
  const std::size_t size = kept_size.load(std::memory_order_relaxed);
  if (before % 2 != 0 || size == 0) return 0;
  char copy[kRoom];
  for (std::size_t i = 0; i < size; ++i) copy[i] = kept[i];
  std::atomic_thread_fence(std::memory_order_acquire);
  if (version.load(std::memory_order_relaxed) != before) return 0;
  return number_of({.name = {static_cast<const char*>(copy), size}});
}

}  // namespace

void follow_tests_in(const char* const* const* environment) { live = environment; }

std::uint32_t current_test(const char* const* given) {
  if (live == nullptr || !is_in_session()) return 0;
  const char* const* const own = *live;
  TestName test = test_name_in(given);
  if (test.empty() && own != given) test = test_name_in(own);
  if (!test.empty()) return number_of(test);
  const bool is_gone =
      kept_size.load(std::memory_order_relaxed) != 0 && value_in(own, "LD_PRELOAD") == nullptr;
  return is_gone ? number_of_kept() : 0;
}

void note_variable(const char* entry) {
  if (live == nullptr || !is_in_session()) return;
  const char* const value = value_of(entry);
  if (value == nullptr) return;
  if (names_pytest_test(entry)) keep(value);
  // A test that sets the variable is no worker.
  const bool is_worker = has_name(entry, "PYTEST_XDIST_WORKER") && test_name_in(*live).empty();
  if (is_worker && !is_worker_told.exchange(true)) record_worker(value);
}

}  // namespace covenv
