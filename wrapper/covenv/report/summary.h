// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

struct Style {
  bool colour = false;
};

/// Colour for a terminal, unless NO_COLOR is set or TERM is dumb.
Style style_of(int fd);

/// True if anything was measured, restored or lost, so that a summary has something to say.
bool has_news(const Report& report);

/// The last lines of `covenv run`: what was lost, why and what fixes it; processes of note; then
/// what was restored and saved. At most fifteen lines, each with its newline, and those of the
/// `slowest_wanted` slowest processes; losses beyond that are counted.
std::string summary_lines(const Report& report, Style style, std::size_t slowest_wanted = 0);

}  // namespace covenv::report
