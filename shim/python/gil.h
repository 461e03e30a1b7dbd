// SPDX-License-Identifier: MIT
// CPython's global interpreter lock (GIL), which os.kill() holds while it calls our hook.
#pragma once

namespace covenv {

/// Whether this thread holds the GIL; false in a process without CPython.
bool holds_gil();

/// Gives the GIL back for good, if this thread holds it. For a process that is about to end.
void give_up_gil();

/// Gives the GIL back for the length of a scope, if this thread holds it.
class GilRelease {
 public:
  GilRelease();
  ~GilRelease();
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  void* state_;
};

}  // namespace covenv
