// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

enum class Format { kText, kSummary, kJson, kHtml, kPerfetto, kMarkdown };

/// By the file's extension. Throws Error if that is not known, so it is to be called before a long
/// run, not after.
Format format_of(const std::string& path);

void write(std::ostream& out, const Report& report, Format format);

/// Writes the file in `format`, or the format of its extension. The file is whole or as it was
/// before, because a draft takes its place at the end (a device or a pipe is written to directly).
/// Throws Error.
void write_report(const Report& report, const std::string& path,
                  std::optional<Format> format = std::nullopt);

}  // namespace covenv::report
