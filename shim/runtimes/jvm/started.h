// SPDX-License-Identifier: MIT
#pragma once

namespace covenv::jvm {

/// Whether the VM of this process has started as a whole. Some JDKs (11.0.13, 17.0.2; not 17.0.15,
/// 21.0.8) give a VM away in the middle of its start, and crash if a thread joins it then.
bool has_started();

}  // namespace covenv::jvm
