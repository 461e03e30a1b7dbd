// SPDX-License-Identifier: MIT
// The forms of a report. Each writes the whole report, whatever bytes its strings hold; a parent or
// a killer that is not there counts as unknown.
#pragma once

#include <ostream>
#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

/// As report.schema.json says. Bytes that are no UTF-8 become U+FFFD.
void write_json(std::ostream& out, const Report& report);

/// The objects of that, in one line each.
std::string json_of(const Process& process);
std::string json_of(const Session& session);
std::string json_of(const Gain& gain);

/// For a terminal or a log: losses first, then the tree.
void write_text(std::ostream& out, const Report& report);

/// One page that holds the report, and needs nothing else.
void write_html(std::ostream& out, const Report& report);

/// For ui.perfetto.dev and chrome://tracing: the JSON trace event format.
void write_perfetto(std::ostream& out, const Report& report);

/// For $GITHUB_STEP_SUMMARY: at most 1 MiB, which is all that GitHub shows.
void write_markdown(std::ostream& out, const Report& report);

}  // namespace covenv::report
