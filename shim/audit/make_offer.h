// SPDX-License-Identifier: MIT
// Makes the offer of this process (state/offer.h) from what coverage measures here. With the GIL.
#pragma once

#include "shim/python/python_object.h"

namespace covenv {

void make_offer();

/// light_for_children() in coverage/offer_light.py, for the last offer.
PyRef make_light();

/// Whether nothing has changed since the offer was made, as far as is known.
bool is_offer_current();
void outdate_offer();

}  // namespace covenv
