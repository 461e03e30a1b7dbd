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
#include "wrapper/covenv/session/reconstruct.h"

namespace covenv {

/// What the session, this machine and these settings tell. Without the command and its start, which
/// the caller adds. `later`: events from after the session.
report::Report report_of(const SessionReader& session, const Wrapper& wrapper,
                         const Settings& settings, const std::vector<RecordedEvent>& later = {});

/// The pids in /proc of processes that have not ended; nullopt if /proc cannot be read.
std::optional<std::unordered_set<std::int64_t>> running_processes();

/// The running_processes() after all measured processes have ended, or after 0.2 s, because
/// multiprocessing's resource tracker ends shortly after its parent.
std::optional<std::unordered_set<std::int64_t>> running_after_command(const SessionReader& session);

/// The session that this process is part of, as it is now; this process is left out. Throws
/// report::Error if there is none.
report::Report report_of_running_session();

/// Keeps the `covenv run` above from its summary, unless that tells of losses that this report does
/// not have. Nothing happens without one.
void say_summary_is_told(const report::Report& report);

/// Whether such a summary was shown, and has all losses of this report.
bool is_summary_told(const SessionReader& session, const report::Report& report);

}  // namespace covenv
