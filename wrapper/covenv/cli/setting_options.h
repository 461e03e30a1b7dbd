// SPDX-License-Identifier: MIT
// The COVENV_* settings as options of a subcommand.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "wrapper/covenv/cli/variable.h"

namespace covenv {

/// Adds --kill, --grace and so on. The result holds the settings that were given, once the
/// subcommand is parsed; a value that makes no sense is an error of the command line.
std::shared_ptr<std::vector<Variable>> add_setting_options(CLI::App& app);

}  // namespace covenv
