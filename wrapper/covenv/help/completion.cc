// SPDX-License-Identifier: MIT
#include "wrapper/covenv/help/completion.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace covenv {
namespace {

using std::string;
using std::string_view;
using std::vector;

string joined(const vector<string>& items, string_view separator) {
  string text;
  for (const string& item : items) {
    if (&item != items.data()) text += separator;
    text += item;
  }
  return text;
}

string escaped(string_view text, string_view which) {
  string result;
  for (const char c : text) {
    if (which.find(c) != string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// As one word of a POSIX shell or zsh.
string sh_quoted(string_view text) {
  string result = "'";
  for (const char c : text) result += c == '\'' ? string(R"('\'')") : string(1, c);
  return result + "'";
}

string fish_quoted(string_view text) { return "'" + escaped(text, R"(\')") + "'"; }

/// The program itself, under no name, and its subcommands.
vector<std::pair<string, const CommandHelp*>> levels(const CommandHelp& program) {
  vector<std::pair<string, const CommandHelp*>> all = {{"", &program}};
  for (const CommandHelp& command : program.commands) all.emplace_back(command.name, &command);
  return all;
}

bool takes(const CommandHelp& command, ValueKind kind) {
  return std::any_of(command.positionals.begin(), command.positionals.end(),
                     [&](const OptionHelp& positional) { return positional.kind == kind; });
}

/// Of the positional that is one of some words; empty if there is none.
string choices_of(const CommandHelp& command) {
  for (const OptionHelp& positional : command.positionals) {
    if (!positional.choices.empty()) return joined(positional.choices, " ");
  }
  return "";
}

vector<string> words_of(const CommandHelp& command) {
  vector<string> words;
  for (const OptionHelp& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  for (const CommandHelp& sub : command.commands) words.push_back(sub.name);
  return words;
}

// Options are told from their values, because the first other word begins the command.
constexpr string_view kBash = R"bash(@_words() {
  case "$1" in
{{words}}  esac
}

# What the value of an option may be: words, or %file; %text is anything. No output: no value.
@_value() {
  case "$1 $2" in
{{values}}  esac
}

@_operand() {
  case "$1" in
{{operands}}  esac
}

@() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' values='' i word
  # readline splits --option=value into three.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --) ;;
      -*)
        if [[ -n $(@_value "$command" "$word") ]]; then
          [[ ${COMP_WORDS[i + 1]} != '=' ]] || i=$((i + 1))
          i=$((i + 1))
        fi
        continue
        ;;
      *)
        if [[ -z $command && -n $(@_words "$word") ]]; then
          command=$word
          continue
        fi
        ;;
    esac
    [[ $(@_operand "$command") == command ]] || continue
    [[ $word == -- ]] && i=$((i + 1))
    if ((i == COMP_CWORD)); then
      mapfile -t COMPREPLY < <(compgen -A command -- "$cur")
    else
      compopt -o default 2>/dev/null
    fi
    return
  done
  values=$(@_value "$command" "$prev")
  case $values in
    %file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -A file -- "$cur") ;;
    %text) ;;
    ?*) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur") ;;
    *)
      if [[ $cur != -* && $(@_operand "$command") == command ]]; then
        mapfile -t COMPREPLY < <(compgen -A command -- "$cur")
      elif [[ $cur != -* && $(@_operand "$command") == file ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -A file -- "$cur")
      elif [[ $cur != -* && -n $(@_operand "$command") ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(@_operand "$command")" -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(@_words "$command")" -- "$cur")
      fi
      ;;
  esac
}
)bash";

void replace_all(string& text, string_view what, const string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

string bash_values(const string& level, const OptionHelp& option) {
  if (option.kind == ValueKind::kNone) return "";
  vector<string> patterns;
  for (const string& name : option.names) {
    string words = level;
    words += " ";
    patterns.push_back(sh_quoted(words += name));
  }
  const string values = !option.choices.empty()           ? joined(option.choices, " ")
                        : option.kind == ValueKind::kFile ? "%file"
                                                          : "%text";
  return "    " + joined(patterns, " | ") + ") echo " + sh_quoted(values) + " ;;\n";
}

/// A description in a specification of _arguments.
string zsh_text(string_view text) { return escaped(text, "\\[]:"); }

string zsh_action(const OptionHelp& option) {
  if (!option.choices.empty()) return "(" + joined(option.choices, " ") + ")";
  return option.kind == ValueKind::kFile ? "_files" : " ";
}

string zsh_specs(const CommandHelp& command, const string& indent) {
  string text;
  const auto add = [&](const string& spec) { text += " \\\n" + indent + sh_quoted(spec); };
  for (const OptionHelp& option : command.options) {
    for (const string& name : option.names) {
      const bool has_value = option.kind != ValueKind::kNone;
      add("(" + joined(option.names, " ") + ")" + name +
          (has_value && name.starts_with("--") ? "=" : "") + "[" + zsh_text(option.help) + "]" +
          (has_value ? ":" + zsh_text(option.value) + ":" + zsh_action(option) : ""));
    }
  }
  for (const OptionHelp& positional : command.positionals) {
    if (positional.kind == ValueKind::kCommand) {
      add("(-)1:command: _command_names -e");
      add("*::arguments: _normal");
    } else {
      add("*:" + zsh_text(positional.names[0]) + ":" + zsh_action(positional));
    }
  }
  return text;
}

string fish_option(const string& start, const OptionHelp& option) {
  string line = start;
  for (const string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.choices.empty()) {
    line += " -x -a " + fish_quoted(joined(option.choices, " "));
  } else if (option.kind == ValueKind::kFile) {
    line += " -r -F";
  } else if (option.kind != ValueKind::kNone) {
    line += " -x";
  }
  return line + " -d " + fish_quoted(option.help) + "\n";
}

/// A call of fish's own function, with the number of words before the command, and the options that
/// have values. fish takes arguments with two dashes as its own up to the first one without.
string fish_subcommand(const CommandHelp& command, bool below) {
  string text =
      below ? "(__fish_complete_subcommand --fcs-skip=2 -" : "(__fish_complete_subcommand -";
  for (const OptionHelp& option : command.options) {
    if (option.kind != ValueKind::kNone) text += " " + joined(option.names, " ");
  }
  return text + ")";
}

string header(const CommandHelp& program, const char* shell) {
  return "# " + program.name + "'s completion for " + shell + ", written by `covenv completion " +
         shell + "`\n";
}

}  // namespace

string bash_completion(const CommandHelp& program) {
  string words;
  string values;
  string operands;
  for (const auto& [name, command] : levels(program)) {
    words +=
        "    " + sh_quoted(name) + ") echo " + sh_quoted(joined(words_of(*command), " ")) + " ;;\n";
    for (const OptionHelp& option : command->options) values += bash_values(name, option);
    const string operand = takes(*command, ValueKind::kCommand) ? "command"
                           : takes(*command, ValueKind::kFile)  ? "file"
                                                                : choices_of(*command);
    operands += "    " + sh_quoted(name) + ") echo " + sh_quoted(operand) + " ;;\n";
  }
  string text(kBash);
  replace_all(text, "@", "_" + program.name);
  replace_all(text, "{{words}}", words);
  replace_all(text, "{{values}}", values);
  replace_all(text, "{{operands}}", operands);
  return header(program, "bash") + text + "complete -F _" + program.name + " " + program.name +
         "\n";
}

string zsh_completion(const CommandHelp& program) {
  string text = "#compdef " + program.name + "\n" + header(program, "zsh");
  text += "local curcontext=\"$curcontext\" state line\ntypeset -A opt_args\n\n";
  if (program.commands.empty()) return text + "_arguments -s -S" + zsh_specs(program, "  ") + "\n";
  text += "_arguments -C" + zsh_specs(program, "  ") +
          " \\\n  '1: :->command' \\\n  '*:: :->arguments'\n\n";
  text += "case $state in\n  command)\n    local -a commands=(\n";
  for (const CommandHelp& command : program.commands) {
    text += "      " + sh_quoted(escaped(command.name, ":\\") + ":" + command.summary) + "\n";
  }
  text += "    )\n    _describe command commands\n    ;;\n  arguments)\n    case $words[1] in\n";
  for (const CommandHelp& command : program.commands) {
    text += "      " + command.name + ")\n        _arguments -s -S" +
            zsh_specs(command, "          ") + "\n        ;;\n";
  }
  return text + "    esac\n    ;;\nesac\n";
}

string fish_completion(const CommandHelp& program) {
  string text = header(program, "fish");
  const string start = "complete -c " + program.name;
  text += start + " -f\n";
  for (const auto& [name, command] : levels(program)) {
    string here = start;
    if (!program.commands.empty()) {
      here += name.empty() ? " -n __fish_use_subcommand"
                           : " -n " + fish_quoted("__fish_seen_subcommand_from " + name);
    }
    for (const CommandHelp& sub : command->commands) {
      text += here + " -a " + sub.name + " -d " + fish_quoted(sub.summary) + "\n";
    }
    for (const OptionHelp& option : command->options) text += fish_option(here, option);
    if (takes(*command, ValueKind::kFile)) text += here + " -F\n";
    const string choices = choices_of(*command);
    if (!choices.empty()) text += here + " -x -a " + fish_quoted(choices) + "\n";
    if (takes(*command, ValueKind::kCommand)) {
      text += here + " -x -a " + fish_quoted(fish_subcommand(*command, !name.empty())) + "\n";
    }
  }
  return text;
}

}  // namespace covenv
