// SPDX-License-Identifier: MIT
#include "wrapper/covenv/help/command_help.h"

#include <algorithm>
#include <utility>

#include "wrapper/sigforward/help.h"

namespace covenv {
namespace {

using std::string;
using std::string_view;
using std::vector;

vector<string> lines_of(string_view text) {
  vector<string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == string_view::npos ? string_view() : text.substr(end + 1);
  }
  return lines;
}

vector<string> split(string_view list, char separator) {
  vector<string> items;
  while (!list.empty()) {
    const std::size_t end = list.find(separator);
    items.emplace_back(list.substr(0, end));
    list = end == string_view::npos ? string_view() : list.substr(end + 1);
  }
  return items;
}

bool is_file(const string& value) {
  return value.find("FILE") != string::npos || value.find("PATH") != string::npos ||
         value.find("DIR") != string::npos;
}

/// From CLI11's name of a type, such as TEXT, FORMAT:{a,b} or FILE.
void take_type(OptionHelp& help, const string& type) {
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open != string::npos && close != string::npos) {
    help.choices = split(string_view(type).substr(open + 1, close - open - 1), ',');
  }
  help.value = type.substr(0, type.find_first_of(":{ "));
  if (help.value.empty()) help.value = "VALUE";
  help.kind = is_file(type) ? ValueKind::kFile : ValueKind::kText;
}

OptionHelp describe_option(const CLI::Option& option) {
  OptionHelp help;
  help.help = option.get_description();
  const string type = option.get_type_name();
  if (option.get_positional()) {
    help.names = {option.get_name(true)};
    take_type(help, type);
    if (help.names[0] == "command") help.kind = ValueKind::kCommand;
    if (help.names[0].starts_with("file")) help.kind = ValueKind::kFile;
    return help;
  }
  for (const string& name : option.get_snames()) help.names.push_back("-" + name);
  for (const string& name : option.get_lnames()) help.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) take_type(help, type);
  return help;
}

/// An option of sigforward's; nothing for one that its help does not show.
void add_option(vector<OptionHelp>& options, const char* name, const char* value,
                const char* help) {
  if (help == nullptr) return;
  OptionHelp option;
  option.names = {"--" + string(name)};
  if (value != nullptr) {
    option.value = value;
    option.kind = is_file(option.value) ? ValueKind::kFile : ValueKind::kText;
  }
  option.help = help;
  std::replace(option.help.begin(), option.help.end(), '\n', ' ');
  options.push_back(std::move(option));
}

/// Text in paragraphs; "Title:" or "Exit status..." begins one of its own.
vector<HelpSection> sections_of(string_view text) {
  vector<HelpSection> sections;
  bool fresh = true;
  for (const string& line : lines_of(text)) {
    if (line.empty()) {
      fresh = true;
      continue;
    }
    const bool is_title = fresh && line.ends_with(':') && line[0] != ' ';
    const bool is_status = fresh && line.starts_with("Exit status");
    if (is_title) {
      sections.push_back({line.substr(0, line.size() - 1), {}});
    } else if (is_status) {
      sections.push_back({"Exit status", {line}});
    } else {
      if (fresh) sections.push_back({});
      sections.back().lines.push_back(line);
    }
    fresh = false;
  }
  return sections;
}

}  // namespace

CommandHelp describe(const CLI::App& app) {
  CommandHelp help;
  help.name = app.get_name();
  help.summary = app.get_description();
  for (const CLI::Option* const option : app.get_options()) {
    // A hidden option has no group; a positional is none the less one.
    if (option->get_group().empty()) continue;
    (option->get_positional() ? help.positionals : help.options)
        .push_back(describe_option(*option));
  }
  help.sections = sections_of(app.get_footer());
  const auto visible = [](const CLI::App* sub) { return !sub->get_group().empty(); };
  for (const CLI::App* const sub : app.get_subcommands(visible)) {
    help.commands.push_back(describe(*sub));
  }
  return help;
}

CommandHelp describe_sigforward() {
  CommandHelp help;
  help.name = "sigforward";
  help.positionals = {{.names = {"command"},
                       .value = "COMMAND",
                       .choices = {},
                       .kind = ValueKind::kCommand,
                       .help = "The command and its arguments"}};
#define OPTION(id, name, variable, value, needs, text) add_option(help.options, name, value, text);
#include "shim/core/sigforward_options.def"
#undef OPTION
  help.summary = sigforward::kDescription;
  help.summary = help.summary.substr(0, help.summary.find_first_of(",."));
  help.sections = sections_of(string(sigforward::kDescription) + "\n" + sigforward::kAfterOptions);
  return help;
}

}  // namespace covenv
