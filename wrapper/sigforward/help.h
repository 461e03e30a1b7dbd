// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace covenv::sigforward {

/// What the help says before and after the options.
extern const char* const kDescription;
extern const char* const kAfterOptions;

/// What --help prints.
std::string help_text();

}  // namespace covenv::sigforward
