// SPDX-License-Identifier: MIT
#include "wrapper/covenv/cli/usage_problem.h"

#include <string_view>
#include <vector>

#include "wrapper/covenv/cli/nearest_word.h"
#include "wrapper/covenv/cli/typed_command.h"
#include "wrapper/covenv/programs/find_program.h"

namespace covenv {
namespace {

using std::string;

std::vector<string> names_of_options(const CLI::App& app) {
  std::vector<string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const string& name : option->get_lnames()) names.push_back("--" + name);
    for (const string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

const CLI::App* find_command(const CLI::App& app, std::string_view name) {
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

string unknown_command(const CLI::App& app, const string& word) {
  string meant = suggestion(word, names_of_commands(app));
  if (meant.empty() && !find_program(word).empty()) {
    meant = "; to run that program, write `covenv run -- " + word + "`";
  }
  return "there is no command '" + word + "'" + meant + " (`covenv help` lists the commands)";
}

/// The first word that looks like an option of `command`, and is none; empty if there is none.
/// Words behind the first that is no option are the user's own command's.
string unknown_option(const CLI::App& command, std::span<char* const> words) {
  const bool has_command = command.get_option_no_throw("command") != nullptr;
  for (std::size_t i = 0; i < words.size();) {
    const string word = words[i];
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-') {
      if (has_command) break;
      ++i;
      continue;
    }
    const std::size_t size = words_of_option(command, word);
    if (size == 0)
      return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    i += size;
  }
  return "";
}

/// Of a word that is missing; empty if CLI11's own message will do.
string missing(const CLI::App& command, const CLI::ParseError& error) {
  const string& name = command.get_name();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      command.get_option_no_throw("command") != nullptr) {
    return name + " needs a command, as in `covenv " + name + " -- pytest`";
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const string message = error.what();
    const string option = message.substr(0, message.find(':'));
    if (const CLI::Option* const its = command.get_option_no_throw(option)) {
      return name + ": " + option + " needs a value, " + its->get_type_name();
    }
  }
  return "";
}

/// CLI11's message, without the name of a positional before what is wrong with it.
string message_of(const CLI::ParseError& error) {
  const string message = error.what();
  const std::size_t quote = message.find(": '");
  return message.starts_with('-') || quote == string::npos ? message : message.substr(quote + 2);
}

}  // namespace

std::vector<string> names_of_commands(const CLI::App& app) {
  std::vector<string> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

string usage_problem(const CLI::App& app, const CLI::ParseError& error,
                     std::span<char* const> words) {
  const string first = words.empty() ? "" : words.front();
  if (!first.starts_with('-') && find_command(app, first) == nullptr) {
    return unknown_command(app, first);
  }
  const CLI::App* const command = find_command(app, first);
  const CLI::App& level = command != nullptr ? *command : app;
  const string name = command != nullptr ? command->get_name() : "covenv";
  const string help =
      command != nullptr ? " (`covenv help " + name + "` says more)" : " (`covenv help` says more)";
  const string option = unknown_option(level, command != nullptr ? words.subspan(1) : words);
  if (!option.empty()) {
    return (command != nullptr ? name + " has" : "there is") + " no option '" + option + "'" +
           suggestion(option, names_of_options(level)) + help;
  }
  const string problem = missing(level, error);
  return (problem.empty() ? name + ": " + message_of(error) : problem) + help;
}

}  // namespace covenv
