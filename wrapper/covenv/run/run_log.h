// SPDX-License-Identifier: MIT
// The log of `covenv run`: its own steps, and at level debug each event of the session as it comes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "wrapper/common/session.h"
#include "wrapper/covenv/report/model.h"

namespace spdlog {
class logger;
}

namespace covenv {

struct RunLogOptions {
  std::string file;   ///< lines are appended; empty: stderr, if a level is given
  std::string level;  ///< one of kLogLevels; empty: info
  bool json = false;  ///< an object per line: time, level, event, and its fields
};

inline constexpr const char* kLogLevels[] = {"debug", "info", "warning", "error", "off"};

/// Not for several threads at a time.
class RunLog {
 public:
  /// Throws std::runtime_error if the file cannot be written.
  explicit RunLog(const RunLogOptions& options);

  /// True if note() would write anything.
  bool takes_events() const;

  void started(pid_t pid, const std::vector<std::string>& command, const std::string& library,
               const std::string& session) const;
  void note(const RecordedEvent& event) const;
  void ended(const report::Report& report) const;

 private:
  std::shared_ptr<spdlog::logger> logger_;  ///< null: nothing is logged
  bool json_ = false;
};

}  // namespace covenv
