// SPDX-License-Identifier: MIT
// What this process, if coverage measures it, offers to children that nobody has configured.
#pragma once

#include <cstddef>

#include "shim/core/remembered.h"

struct PyObject;

namespace covenv {

/// Carried like the variables of the environment, and after them.
Remembered& offered();

/// A list as CPython has it in memory, free-threaded builds apart.
struct ListObject {
  std::ptrdiff_t references;
  const PyObject* type;
  std::ptrdiff_t size;
};

/// The offer holds as long as this list, of the Coverages that run, has an element. Not given back:
/// an exec in any thread may look at it. nullptr: the offer holds until it is cleared.
void offer_while(const volatile ListObject* running);
bool is_offered_while(const volatile ListObject* running);

/// Whether the offer holds no more. Needs no GIL: the list is only looked at.
bool is_offer_withdrawn();

}  // namespace covenv
