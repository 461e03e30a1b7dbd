// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

struct Style {
  bool colour = false;
};

/// Colour for a terminal, unless NO_COLOR is set or TERM is dumb.
Style style_of(int fd);

/// Whether anything was measured, given back or lost, so that the summary says anything.
bool has_news(const Report& report);

/// The end of `covenv run`: what was lost, why and what mends it; what is in no number; then what
/// was restored and saved. At most fifteen lines, each with its newline; the losses that find no
/// room are counted.
std::string summary_lines(const Report& report, Style style);

}  // namespace covenv::report
