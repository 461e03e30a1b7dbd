// SPDX-License-Identifier: MIT
// The words of a command line, beside CLI11's reading of them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace covenv {

/// How many words of the command line an option takes that begins with `word`: 1, or 2 with a value
/// of its own. 0 if `app` has no such option. `word` begins with a dash.
std::size_t words_of_option(const CLI::App& app, const std::string& word);

/// The command that `app`, a subcommand, was given, as typed: CLI11 takes "[a,b]" for a list.
/// `argv`: main's, which `app` has followed, and whose second word is the name of `app`.
std::vector<std::string> typed_command(const CLI::App& app, const char* const* argv);

}  // namespace covenv
