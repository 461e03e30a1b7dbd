// SPDX-License-Identifier: MIT
// Proof that an abort() is the program's own process.abort(). Node and V8 call abort() as well,
// when memory is out or a check of theirs has failed, and no JavaScript engine can be asked then.
#pragma once

#include "shim/runtimes/runtimes.h"

namespace covenv::node {

/// Whether `site`, from which abort() was called, lies in the C++ function behind process.abort(),
/// which JavaScript alone calls. The function has no dynamic symbol, so that a stripped Node gives
/// no proof. Reads the program's file: some milliseconds.
bool is_own_abort(const CallSite& site);

}  // namespace covenv::node
