// SPDX-License-Identifier: MIT
// While the command runs: takes memory for the session ahead of the writers, and shows the numbers
// of processes in the title of the terminal's window.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "wrapper/common/session.h"
#include "wrapper/covenv/run/run_log.h"

namespace covenv {

class Progress {
 public:
  /// `session` of null: nothing is watched. Owns neither argument. The title is left alone if the
  /// output is not a person's terminal.
  Progress(Session* session, const RunLog& log, bool may_set_title);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { stop(); }

  /// Watches on a thread of its own, which has the caller's signal mask, and which alone may write
  /// to the log until stop().
  void start();
  void stop();

 private:
  void watch();
  void take_events();
  void show() const;

  Session* session_;
  const RunLog& log_;
  bool on_terminal_;
  std::uint64_t seen_ = 0;
  int started_ = 0;
  int ended_ = 0;
  int saved_ = 0;
  int timed_out_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
};

}  // namespace covenv
