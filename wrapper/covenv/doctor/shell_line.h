// SPDX-License-Identifier: MIT
// The simple commands of a line of a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace covenv::doctor {

using Words = std::vector<std::string>;

/// NAME=value.
bool is_assignment(std::string_view word);

struct SimpleCommand {
  Words assignments;  ///< before the words, or those of `export`
  Words words;        ///< without quotes, redirections, and the shell's own words before them
};

/// In their order. What a shell would expand stays as it is.
std::vector<SimpleCommand> simple_commands(std::string_view line);

}  // namespace covenv::doctor
