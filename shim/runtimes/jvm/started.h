// SPDX-License-Identifier: MIT
#pragma once

namespace covenv::jvm {

/// How far the start of the VM of this process is. Some JDKs (11.0.13, 17.0.2; not 17.0.15, 21.0.8)
/// give a VM away in the middle of its start, and crash if a thread joins it then.
enum class VmStart : unsigned char {
  kGoesOn,
  kIsOver,
  kIsUnknown,  ///< the threads of this process cannot be looked at
};
VmStart look_at_start();

}  // namespace covenv::jvm
