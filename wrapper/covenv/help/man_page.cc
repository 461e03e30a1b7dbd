// SPDX-License-Identifier: MIT
#include "wrapper/covenv/help/man_page.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace covenv {
namespace {

using std::string;
using std::string_view;
using std::vector;

/// Text that roff prints as it is.
string roff(string_view text) {
  string result;
  if (text.starts_with('.') || text.starts_with('\'')) result = "\\&";
  for (const char c : text) {
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c;
    }
  }
  return result;
}

string upper(string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

string bold(string_view text) { return "\\fB" + roff(text) + "\\fR"; }

string italic(string_view text) { return "\\fI" + roff(text) + "\\fR"; }

string value_of(const OptionHelp& option) {
  if (option.choices.empty()) return italic(option.value);
  string text;
  for (const string& choice : option.choices) text += (text.empty() ? "" : "|") + bold(choice);
  return text;
}

string option_entry(const OptionHelp& option) {
  string names;
  for (const string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
  if (option.kind != ValueKind::kNone) names += " " + value_of(option);
  return ".TP\n" + names + "\n" + roff(option.help) + "\n";
}

string operands(const CommandHelp& command) {
  string text;
  for (const OptionHelp& positional : command.positionals) {
    text += positional.kind == ValueKind::kCommand
                ? " " + bold("--") + " " + italic("command") + " [" + italic("argument") + "...]"
                : " " + italic(positional.names[0]) + "...";
  }
  if (!command.commands.empty()) text += " " + italic("command") + " ...";
  return text;
}

/// Filled text; rows, which are indented, as they stand.
string paragraph(const HelpSection& section) {
  string text;
  bool rows = false;
  for (const string& line : section.lines) {
    const bool row = line.starts_with(' ');
    if (row != rows) text += row ? ".PP\n.nf\n" : ".fi\n.PP\n";
    rows = row;
    text += roff(line) + "\n";
  }
  return text + (rows ? ".fi\n" : "");
}

string sections(const CommandHelp& command, bool titled) {
  string text;
  for (const HelpSection& section : command.sections) {
    if (section.title.empty() == titled) continue;
    text += titled ? ".SH " + upper(section.title) + "\n" : ".PP\n";
    text += paragraph(section);
  }
  return text;
}

struct Names {
  string page;              // covenv-run
  string typed;             // covenv run
  vector<string> see_also;  // pages
};

string one_page(const CommandHelp& command, const Names& names, const string& version) {
  string text = ".TH " + upper(names.page) + " 1 \"\" \"covenv " + version + "\" \"covenv\"\n";
  text += ".SH NAME\n" + roff(names.page) + " \\- " + roff(command.summary) + "\n";
  text += ".SH SYNOPSIS\n" + bold(names.typed) +
          (command.options.empty() ? "" : " [" + italic("option") + "...]") + operands(command) +
          "\n";
  const string description = sections(command, false);
  text += ".SH DESCRIPTION\n" +
          (description.empty() ? roff(command.summary) + ".\n" : description.substr(4));
  if (!command.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const CommandHelp& sub : command.commands)
      text += ".TP\n" + bold(sub.name) + "\n" + roff(sub.summary) + "\n";
  }
  if (!command.options.empty()) text += ".SH OPTIONS\n";
  for (const OptionHelp& option : command.options) text += option_entry(option);
  text += sections(command, true);
  text += ".SH SEE ALSO\n";
  for (const string& page : names.see_also) {
    text += (&page == names.see_also.data() ? "" : ",\n") + bold(page) + "(1)";
  }
  return text + "\n";
}

}  // namespace

vector<ManPage> man_pages(const CommandHelp& program, const string& version) {
  const string other = program.name == "sigforward" ? "covenv" : "sigforward";
  vector<string> below;
  for (const CommandHelp& command : program.commands)
    below.push_back(program.name + "-" + command.name);
  below.push_back(other);
  vector<ManPage> pages;
  pages.push_back({program.name, one_page(program, {program.name, program.name, below}, version)});
  for (const CommandHelp& command : program.commands) {
    const Names names = {program.name + "-" + command.name,
                         program.name + " " + command.name,
                         {program.name, other}};
    pages.push_back({names.page, one_page(command, names, version)});
  }
  return pages;
}

}  // namespace covenv
