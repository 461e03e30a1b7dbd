// SPDX-License-Identifier: MIT
// The command of the tests behind `make test` or a shell script.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wrapper/covenv/doctor/interpreter.h"

namespace covenv::doctor {

/// A command that starts tests, and the number of its line.
struct RecipeLine {
  Words command;
  std::size_t line = 0;
};

/// The first such line in the recipe of `target` (empty: the first target), or in those of what the
/// target needs. Only variables that the Makefile assigns are expanded.
std::optional<RecipeLine> line_of_makefile(std::string_view text, std::string_view target);

/// The first such line of a shell script. If the script sources FOLDER/bin/activate before, the
/// first word is the program in FOLDER/bin.
std::optional<RecipeLine> line_of_script(std::string_view text);

struct Recipe {
  Words command;
  std::string where;  ///< file:line
};

/// What a command that names a Makefile's target or a shell script leads to. nullopt if it names
/// none, or if no line of that starts tests.
std::optional<Recipe> find_recipe(const Words& command);

}  // namespace covenv::doctor
