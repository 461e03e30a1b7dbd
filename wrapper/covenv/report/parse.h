// SPDX-License-Identifier: MIT
#pragma once

#include <istream>
#include <string>

#include "wrapper/covenv/report/model.h"

namespace covenv::report {

/// Reads a report; `name` stands for it in messages. Throws Error: not JSON, another schema
/// version, a field that is missing or of the wrong type, an id twice, a parent that is not there
/// or its own descendant. Fields that are not known are ignored.
Report parse(std::istream& input, const std::string& name);

/// As parse, of a file; "-" is standard input.
Report read_file(const std::string& path);

}  // namespace covenv::report
