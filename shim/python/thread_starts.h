// SPDX-License-Identifier: MIT
#pragma once

namespace covenv {

/// From now on calls `told` before Python code starts a thread, with the GIL. For CPython before
/// 3.12, which has no audit event for that; does nothing in newer ones. Called once.
void watch_thread_starts(void (*told)());

}  // namespace covenv
