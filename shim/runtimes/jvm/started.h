// SPDX-License-Identifier: MIT
#pragma once

namespace covenv::jvm {

/// Whether the VM of this process has started as a whole. Before JDK 21, 17.0.9 and 11.0.21 or so,
/// JNI gives away a VM in the middle of its start, and the VM crashes if a thread joins it then.
bool has_started();

}  // namespace covenv::jvm
