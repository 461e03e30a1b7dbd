// SPDX-License-Identifier: MIT
// A session as a report.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "shim/core/settings.h"
#include "wrapper/common/session.h"
#include "wrapper/covenv/report/model.h"
#include "wrapper/covenv/session/story.h"

namespace covenv {

/// What the session tells, and what this machine and these settings add. Nothing of the command,
/// nor of the time at which it began. `later`: events from after the session.
report::Report report_of(const SessionReader& session, const Wrapper& wrapper,
                         const Settings& settings, const std::vector<RecordedEvent>& later = {});

/// The pids that are in /proc, of processes that have not ended; nothing where it cannot be read.
std::optional<std::unordered_set<std::int64_t>> running_processes();

/// The running_processes() after all measured processes have ended, or after 0.2 s:
/// multiprocessing's resource tracker ends when its parent has.
std::optional<std::unordered_set<std::int64_t>> running_after_command(const SessionReader& session);

/// The session that this process is part of, as far as it has come; this process is left out.
/// Throws report::Error where there is none.
report::Report report_of_running_session();

}  // namespace covenv
