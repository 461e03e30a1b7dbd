// SPDX-License-Identifier: MIT
// Processes that another sigforward supervises. A signal from that sigforward's guard must not be
// sent to them a second time.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace covenv::supervise {

/// What a guard is called: it has the end of its wrapper's mark, so that other wrappers know whose
/// guard it is before it has run.
std::string name_of_guard(std::string_view mark);

struct OtherGuard {
  std::string mark_end;          ///< of the processes that it ends if its wrapper is killed
  std::vector<pid_t> processes;  ///< those that it holds, also without the mark
};

/// nullopt if the process is no guard (guard.h).
std::optional<OtherGuard> look_at_guard(pid_t pid);

}  // namespace covenv::supervise
