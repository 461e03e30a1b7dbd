// SPDX-License-Identifier: MIT
// Why a command line cannot be followed.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

namespace covenv {

/// Of the subcommands of `app`, in their order.
std::vector<std::string> names_of_commands(const CLI::App& app);

/// One line that names the word, what is near it, and how to see more. `words`: those of the
/// command line, without the program's name, which `app` has refused with `error`.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error,
                          std::span<char* const> words);

}  // namespace covenv
