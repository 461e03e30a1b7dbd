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
  Words assignments = {};   ///< what is added to its environment; may name variables by $NAME
  std::string folder = {};  ///< in which it runs; empty: the current one
};

/// The first such line in the recipe of `target` (empty: the first target), or in those of what the
/// target needs. Variables that the Makefile assigns, or `given` (NAME=value, which win), are
/// expanded. The recipes run in `folder`.
std::optional<RecipeLine> line_of_makefile(std::string_view text, std::string_view target,
                                           const Words& given = {}, const std::string& folder = {});

/// The first such line of a shell script. If the script sources FOLDER/bin/activate before, the
/// first word is the program in FOLDER/bin.
std::optional<RecipeLine> line_of_script(std::string_view text);

struct Recipe {
  RecipeLine line;
  std::string where;  ///< file:line; empty: in the command itself, behind -c
};

/// What a command that names a Makefile's target or a shell script, or holds one (`sh -c`), leads
/// to. nullopt if it names none, or if no line of that starts tests.
std::optional<Recipe> find_recipe(const Words& command);

}  // namespace covenv::doctor
