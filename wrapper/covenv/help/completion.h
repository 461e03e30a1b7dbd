// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "wrapper/covenv/help/command_help.h"

namespace covenv {

std::string bash_completion(const CommandHelp& program);
std::string zsh_completion(const CommandHelp& program);
std::string fish_completion(const CommandHelp& program);

}  // namespace covenv
