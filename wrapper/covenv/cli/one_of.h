// SPDX-License-Identifier: MIT
// A value that is one of some names.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace covenv {

/// For an option, or a positional: refuses each other value, and says which ones there are. Help
/// and completions show the names.
CLI::Validator one_of(std::vector<std::string> names);

}  // namespace covenv
