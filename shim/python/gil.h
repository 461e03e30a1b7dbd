// SPDX-License-Identifier: MIT
// CPython's global interpreter lock, which os.kill() holds while it calls us.
#pragma once

namespace covenv {

/// Whether this thread of a CPython process holds it.
bool holds_gil();

/// Gives the lock back for good, if this thread holds it: the process ends.
void give_up_gil();

/// Gives the lock back over a scope, if this thread holds it; does nothing in any other process.
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
