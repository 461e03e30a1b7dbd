// SPDX-License-Identifier: MIT
#include "shim/state/offer.h"

#include <atomic>

namespace covenv {
namespace {

constinit Remembered the_offered;
constinit std::atomic<const volatile ListObject*> running_now{nullptr};

}  // namespace

Remembered& offered() { return the_offered; }

void offer_while(const volatile ListObject* running) { running_now.store(running); }

bool is_offered_while(const volatile ListObject* running) { return running_now.load() == running; }

bool is_offer_withdrawn() {
  const auto* const list = running_now.load();
  return list != nullptr && list->size == 0;
}

}  // namespace covenv
