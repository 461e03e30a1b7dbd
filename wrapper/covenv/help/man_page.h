// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "wrapper/covenv/help/command_help.h"

namespace covenv {

struct ManPage {
  std::string name;  ///< as covenv-run; section 1
  std::string text;  ///< roff, in the man macros
};

/// Of the program and of each of its subcommands.
std::vector<ManPage> man_pages(const CommandHelp& program, const std::string& version);

}  // namespace covenv
