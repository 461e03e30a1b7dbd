// SPDX-License-Identifier: MIT
// The interrupted threads, which the ask's handler holds while the process saves.
#pragma once

#include <atomic>

namespace covenv {

/// Registers the calling thread for the length of a scope.
class HeldThread {
 public:
  HeldThread();
  ~HeldThread();
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

  /// Waits until `goes_on` is false. Returns false early if the thread is let go, or at once if
  /// there are too many held threads.
  bool wait_while(const std::atomic<bool>& goes_on) const;

 private:
  std::atomic<unsigned long>* place_ = nullptr;
};

/// `thread`: Python's identifier of the thread (threading.get_ident()).
void let_go_of_thread(unsigned long thread);

}  // namespace covenv
