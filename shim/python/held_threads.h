// SPDX-License-Identifier: MIT
// Threads that the ask's handler keeps while the process saves.
#pragma once

#include <atomic>

namespace covenv {

/// The calling thread, over a scope.
class HeldThread {
 public:
  HeldThread();
  ~HeldThread();
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

  /// False: the thread was let go before that, or there are too many of them.
  bool wait_while(const std::atomic<bool>& goes_on) const;

 private:
  std::atomic<unsigned long>* place_ = nullptr;
};

/// `thread`: what Python calls the thread's identifier.
void let_go_of_thread(unsigned long thread);

}  // namespace covenv
