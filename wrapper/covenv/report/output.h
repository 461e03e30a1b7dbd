// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

enum class Format { kText, kSummary, kJson, kHtml, kPerfetto, kMarkdown };

/// By the file's extension. Throws Error where that says nothing: ask it before a long run, not
/// after.
Format format_of(const std::string& path);

void write(std::ostream& out, const Report& report, Format format);

/// Writes the file in the form that its extension says, or in `format`. It is whole or as it was
/// before: what is written beside it takes its place at the end (a device or a pipe is written to
/// as it is). Throws Error.
void write_report(const Report& report, const std::string& path,
                  std::optional<Format> format = std::nullopt);

}  // namespace covenv::report
