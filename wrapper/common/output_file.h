// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv {

/// Why this path can be no file to write to, and what to name instead; empty: nothing is known
/// against it. A FIFO holds who opens it until a reader comes. An open pipe that /dev/fd or
/// /dev/stderr names is none, because it has no name of its own.
std::string problem_of_output_file(const std::string& path);

}  // namespace covenv
