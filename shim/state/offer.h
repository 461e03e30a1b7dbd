// SPDX-License-Identifier: MIT
// The offer: the configuration that a measured process gives to children that have none.
#pragma once

#include <cstddef>

#include "shim/core/remembered.h"

struct PyObject;

namespace covenv {

/// The entries of the offer. They are carried like the environment's variables, which win.
Remembered& offered();

/// The memory of a CPython list, except in free-threaded builds.
struct ListObject {
  std::ptrdiff_t references;
  const PyObject* type;
  std::ptrdiff_t size;
};

/// The offer holds while `running`, coverage's list of running Coverages, has an element; if it is
/// nullptr, until the offer is cleared. Never released, because an exec in any thread reads it.
void offer_while(const volatile ListObject* running);
bool is_offered_while(const volatile ListObject* running);

/// Whether coverage has stopped since the offer was made; with sys.monitoring there is no event for
/// that. Async-signal-safe, and needs no GIL, because the list is only looked at.
bool is_offer_withdrawn();

}  // namespace covenv
