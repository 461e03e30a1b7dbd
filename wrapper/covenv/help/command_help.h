// SPDX-License-Identifier: MIT
// What --help says of a program, as values: the source of its completions and manual pages.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace covenv {

enum class ValueKind : unsigned char {
  kNone,  ///< an option without a value
  kText,
  kFile,
  kCommand,  ///< a command to be run, and its arguments
};

struct OptionHelp {
  std::vector<std::string> names;  ///< with their dashes; of a positional, its name
  std::string value;               ///< what the help calls the value
  std::vector<std::string> choices;
  ValueKind kind = ValueKind::kNone;
  std::string help;
};

/// Lines under a title; without one they belong to the description.
struct HelpSection {
  std::string title;
  std::vector<std::string> lines;
};

struct CommandHelp {
  std::string name;
  std::string summary;
  std::vector<OptionHelp> options;
  std::vector<OptionHelp> positionals;
  std::vector<HelpSection> sections;
  std::vector<CommandHelp> commands;
};

/// Of a program, or subcommand, that CLI11 parses. Options and subcommands with an empty group are
/// hidden, and left out.
CommandHelp describe(const CLI::App& app);

/// Of sigforward, by its options.def.
CommandHelp describe_sigforward();

}  // namespace covenv
