// SPDX-License-Identifier: MIT
// Keeps the counters of processes for killers that may not read them (Yama), because this process
// is an ancestor of each process of the run.
#pragma once

#include <atomic>
#include <thread>

#include "shim/session/counters_mailbox.h"

namespace covenv {

class CountersServer {
 public:
  /// `mailbox` of null: there is nothing to serve. Owns none.
  explicit CountersServer(CountersMailbox* mailbox) : mailbox_(mailbox) {}
  CountersServer(const CountersServer&) = delete;
  CountersServer& operator=(const CountersServer&) = delete;
  ~CountersServer() { stop(); }

  /// Serves on a thread of its own, which has the caller's signal mask.
  void start();
  void stop();

 private:
  void serve();

  CountersMailbox* mailbox_;
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

}  // namespace covenv
