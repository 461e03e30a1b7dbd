// SPDX-License-Identifier: MIT
#include "shim/python/held_threads.h"

#include "shim/proc/kernel.h"
#include "shim/python/python_api.h"

namespace covenv {
namespace {

constexpr std::int64_t kMillisecond = 1000000;

constinit std::atomic<unsigned long> held[16] = {};

}  // namespace

HeldThread::HeldThread() {
  for (std::atomic<unsigned long>& place : held) {
    unsigned long none = 0;
    if (!place.compare_exchange_strong(none, PyThread_get_thread_ident())) continue;
    place_ = &place;
    return;
  }
}

HeldThread::~HeldThread() { let_go_of_thread(PyThread_get_thread_ident()); }

bool HeldThread::wait_while(const std::atomic<bool>& goes_on) const {
  const unsigned long own = PyThread_get_thread_ident();
  while (place_ != nullptr && place_->load() == own) {
    if (!goes_on.load()) return true;
    kKernel.sleep(kMillisecond);
  }
  return false;
}

void let_go_of_thread(unsigned long thread) {
  for (std::atomic<unsigned long>& place : held) {
    unsigned long expected = thread;
    place.compare_exchange_strong(expected, 0);
  }
}

}  // namespace covenv
