// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/recipe.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <vector>

#include "wrapper/common/base_name.h"
#include "wrapper/covenv/doctor/command_wrapper.h"
#include "wrapper/covenv/programs/find_program.h"

namespace covenv::doctor {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t kLongestFile = 1 << 20;
constexpr std::string_view kBlanks = " \t";

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// A line that goes on stands as a whole in its first line's place.
std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> lines;
  std::size_t first = 0;
  bool goes_on = false;
  for (std::string line; std::getline(stream, line);) {
    const bool is_continuation = goes_on;
    goes_on = line.ends_with('\\');
    if (goes_on) line.back() = ' ';
    if (!is_continuation) first = lines.size();
    lines.push_back(is_continuation ? "" : line);
    if (is_continuation) lines[first] += line;
  }
  return lines;
}

Words words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Replaces $(NAME), ${NAME} and $NAME. A name that is not known stays as it is.
std::string expanded(std::string_view text, const Variables& variables) {
  std::string result(text);
  for (const auto& [name, value] : variables) {
    for (const std::string& form : {"$(" + name + ")", "${" + name + "}", "$" + name}) {
      for (std::size_t at = 0; (at = result.find(form, at)) != std::string::npos;) {
        result.replace(at, form.size(), value);
        at += value.size();
      }
    }
  }
  return result;
}

/// `path` as seen from where `folder` is seen from.
std::string joined(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

bool is_runner(const std::string& word) {
  return is_one_of(base_name(word), {"pytest", "py.test", "coverage", "tox", "nox", "unittest"});
}

/// Programs whose arguments may name a runner that is not run.
bool runs_none(std::string_view program) {
  return is_one_of(program, {"apt", "apt-get", "cat", "cp",     "echo", "find", "git",  "grep",
                             "ln",  "mkdir",   "mv",  "printf", "rm",   "set",  "test", "touch",
                             "[",   "[[",      "pip", "pip3",   "type", "which"});
}

/// Of a command without wrappers.
bool starts_tests(const Words& words) {
  if (words.empty()) return false;
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const std::string_view first = base_name(words.front());
  if (runs_none(first)) return false;
  const auto module = std::find(words.begin(), words.end(), "-m");
  if (first.starts_with("python") && module != words.end()) {
    return module + 1 != words.end() && is_runner(module[1]) &&
           (module[1] != "coverage" || has("run"));
  }
  const auto runner = std::find_if(words.begin(), words.end(), is_runner);
  return runner != words.end() && (base_name(*runner) != "coverage" || has("run")) &&
         !has("install");
}

/// Adds what the wrappers before it say to `line`.
Words behind_wrappers(Words words, RecipeLine& line) {
  while (std::optional<Wrapped> wrapped = without_wrapper(words)) {
    line.assignments.insert(line.assignments.end(), wrapped->assignments.begin(),
                            wrapped->assignments.end());
    if (!wrapped->folder.empty()) line.folder = joined(line.folder, wrapped->folder);
    words = std::move(wrapped->command);
  }
  return words;
}

/// Follows the commands of one shell.
class Shell {
 public:
  Shell(Variables variables, std::string folder)
      : variables_(std::move(variables)), folder_(std::move(folder)) {}

  /// The command of the line that starts tests.
  std::optional<RecipeLine> take(std::string_view text, std::size_t number) {
    for (const SimpleCommand& command : simple_commands(expanded(text, variables_))) {
      if (std::optional<RecipeLine> line = take(command, number)) return line;
    }
    return std::nullopt;
  }

 private:
  std::optional<RecipeLine> take(const SimpleCommand& command, std::size_t number) {
    constexpr std::string_view kActivate = "/activate";
    const Words& words = command.words;
    const bool is_export = !words.empty() && words[0] == "export";
    if (words.empty() || is_export) {
      for (const std::string& assignment : command.assignments) add(assignment, is_export);
    } else if (words.size() == 2 && words[0] == "cd") {
      folder_ = joined(folder_, words[1]);
    } else if (words.size() == 2 && is_one_of(words[0], {"source", "."}) &&
               words[1].ends_with(kActivate)) {
      // Later the folder is another one.
      programs_ = joined(folder_.empty() ? "" : std::filesystem::absolute(folder_).string(),
                         words[1].substr(0, words[1].size() - kActivate.size() + 1));
    } else {
      RecipeLine line{{}, number, exported_, folder_};
      line.assignments.insert(line.assignments.end(), command.assignments.begin(),
                              command.assignments.end());
      line.command = behind_wrappers(words, line);
      if (!starts_tests(line.command)) return std::nullopt;
      const std::string& program = line.command[0];
      if (!programs_.empty() && is_executable(programs_ + program)) {
        line.command[0] = programs_ + program;
      }
      return line;
    }
    return std::nullopt;
  }

  void add(const std::string& assignment, bool is_export) {
    const std::size_t sign = assignment.find('=');
    variables_.insert_or_assign(assignment.substr(0, sign), assignment.substr(sign + 1));
    if (is_export) exported_.push_back(assignment);
  }

  Variables variables_;
  Words exported_;
  std::string folder_;
  std::string programs_;  ///< the folder of an activated environment, with its slash
};

/// Adds NAME=value, NAME := value, NAME ?= value, unless the name is `given`. Of several ?= the
/// first counts, and below an `ifdef` the last. True if the line is an assignment.
bool add_assignment(std::string_view line, const Variables& given, Variables& variables,
                    bool is_conditional = false) {
  constexpr std::string_view kExport = "export ";
  if (line.starts_with(kExport)) line.remove_prefix(kExport.size());
  const std::size_t sign = line.find('=');
  if (sign == std::string_view::npos) return false;
  std::string_view name = trimmed(line.substr(0, sign));
  const bool is_default = name.ends_with('?');
  while (!name.empty() && is_one_of(name.substr(name.size() - 1), {":", "?"})) {
    name = trimmed(name.substr(0, name.size() - 1));
  }
  if (name.empty() || name.find_first_of(" \t$-./:") != std::string_view::npos) return false;
  if (given.contains(name) || (is_default && !is_conditional && variables.contains(name)))
    return true;
  std::string value = expanded(trimmed(line.substr(sign + 1)), variables);
  std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
  variables.insert_or_assign(std::string(name), value);
  return true;
}

struct Rule {
  Words needs;
  std::vector<std::pair<std::size_t, std::string>> recipe;
};

/// The rules and variables of a Makefile whose recipes run in `folder`.
struct Makefile {
  std::map<std::string, Rule, std::less<>> rules;
  Variables variables;
  std::string folder;
};

std::optional<RecipeLine> line_of_rule(const Makefile& makefile, std::string_view target,
                                       int depth) {
  const auto rule = makefile.rules.find(target);
  if (rule == makefile.rules.end() || depth == 0) return std::nullopt;
  for (const auto& [number, text] : rule->second.recipe) {
    // Each line has a shell of its own.
    Shell shell(makefile.variables, makefile.folder);
    if (std::optional<RecipeLine> found = shell.take(text, number)) return found;
  }
  for (const std::string& need : rule->second.needs) {
    if (auto found = line_of_rule(makefile, need, depth - 1)) return found;
  }
  return std::nullopt;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kLongestFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::optional<Recipe> at(const std::string& path, std::optional<RecipeLine> line) {
  if (!line) return std::nullopt;
  std::string where = path + ":" + std::to_string(line->line);
  return Recipe{std::move(*line), std::move(where)};
}

/// The words of make's command line.
struct MakeCall {
  std::string folder;
  std::string file;
  std::string target;
  Words given;
};

/// nullopt if an option is not known that might name a file or a folder.
std::optional<MakeCall> make_call(const Words& command) {
  MakeCall call;
  for (std::size_t n = 1; n < command.size(); ++n) {
    const std::string& word = command[n];
    const auto value_of = [&](std::string_view letter, std::string_view name) -> std::string {
      const std::string equals = std::string(name) + "=";
      if (word.starts_with(equals)) return word.substr(equals.size());
      if (word.starts_with(letter) && word.size() > letter.size())
        return word.substr(letter.size());
      return (word == letter || word == name) && n + 1 < command.size() ? command[++n] : "";
    };
    const bool is_long = word.starts_with("--");
    if (is_assignment(word)) {
      call.given.push_back(word);
    } else if (!word.starts_with('-')) {
      if (call.target.empty()) call.target = word;
    } else if (word.starts_with("--directory") || (!is_long && word.starts_with("-C"))) {
      call.folder = joined(call.folder, value_of("-C", "--directory"));
    } else if (word.starts_with("--file") || (!is_long && word.starts_with("-f"))) {
      call.file = value_of("-f", "--file");
    } else if (word == "-j" || word == "-l") {
      if (n + 1 < command.size() && std::isdigit(command[n + 1][0]) != 0) ++n;
    } else if (!is_long && word.find_first_not_of("-jlBekiknqrRsSwOb0123456789") != word.npos) {
      return std::nullopt;
    }
  }
  return call;
}

std::optional<Recipe> recipe_of_make(const Words& command) {
  const std::optional<MakeCall> call = make_call(command);
  if (!call) return std::nullopt;
  Words names = {"GNUmakefile", "makefile", "Makefile"};
  if (!call->file.empty()) names = {call->file};
  for (const std::string& name : names) {
    const std::string path = joined(call->folder, name);
    const std::string text = text_of(path);
    if (text.empty()) continue;
    return at(path, line_of_makefile(text, call->target, call->given, call->folder));
  }
  return std::nullopt;
}

bool is_shell(std::string_view name) { return is_one_of(name, {"sh", "bash", "dash", "zsh"}); }

/// Of `sh FILE`, and of `sh -c TEXT`.
std::optional<Recipe> recipe_of_shell(const Words& command) {
  bool is_text = false;
  for (std::size_t n = 1; n < command.size(); ++n) {
    const std::string& word = command[n];
    if (word.starts_with("--")) continue;
    if (word.starts_with('-') || word.starts_with('+')) {
      is_text = is_text || word.find('c') != std::string::npos;
      if (word.ends_with('o')) ++n;  // the name of an option
      continue;
    }
    if (!is_text) return at(word, line_of_script(text_of(word)));
    std::optional<RecipeLine> line = line_of_script(word);
    return line ? std::optional(Recipe{std::move(*line), ""}) : std::nullopt;
  }
  return std::nullopt;
}

bool is_shell_script(std::string_view text) {
  if (!text.starts_with("#!") || !python_of_script(text).empty()) return false;
  const Words words = words_of(text.substr(2, text.find('\n') - 2));
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return is_shell(base_name(word)); });
}

}  // namespace

std::optional<RecipeLine> line_of_makefile(std::string_view text, std::string_view target,
                                           const Words& given, const std::string& folder) {
  constexpr int kDepth = 8;
  Makefile makefile;
  makefile.folder = folder;
  auto& rules = makefile.rules;
  Variables& variables = makefile.variables;
  for (const std::string& assignment : given) add_assignment(assignment, {}, variables);
  const Variables of_command_line = variables;
  std::string first;
  std::vector<std::string> current;
  std::size_t number = 0;
  std::size_t conditionals = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (line.starts_with('\t')) {
      std::string_view recipe = trimmed(line);
      recipe = recipe.substr(std::min(recipe.find_first_not_of("@-+ "), recipe.size()));
      for (const std::string& name : current) {
        rules[name].recipe.emplace_back(number, std::string(recipe));
      }
      continue;
    }
    // Which branch make takes is not known here.
    const Words words = words_of(line);
    const std::string_view directive = words.empty() ? std::string_view() : words.front();
    if (is_one_of(directive, {"ifdef", "ifndef", "ifeq", "ifneq"})) ++conditionals;
    if (directive == "endif" && conditionals != 0) --conditionals;
    if (line.starts_with('#') ||
        add_assignment(line, of_command_line, variables, conditionals != 0)) {
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    current = words_of(line.substr(0, colon));
    const Words needs = words_of(line.substr(colon + 1, line.find_first_of(";#") - colon - 1));
    for (const std::string& name : current) {
      Words& known = rules[name].needs;
      known.insert(known.end(), needs.begin(), needs.end());
      if (first.empty() && !name.starts_with('.')) first = name;
    }
  }
  return line_of_rule(makefile, target.empty() ? std::string_view(first) : target, kDepth);
}

std::optional<RecipeLine> line_of_script(std::string_view text) {
  Shell shell({}, "");
  std::size_t number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (std::optional<RecipeLine> found = shell.take(line, number)) return found;
  }
  return std::nullopt;
}

std::optional<Recipe> find_recipe(const Words& command) {
  if (command.empty()) return std::nullopt;
  const std::string_view first = base_name(command.front());
  if (is_one_of(first, {"make", "gmake"})) return recipe_of_make(command);
  if (is_shell(first)) return recipe_of_shell(command);
  const std::string& path = command.front();
  const std::string text = path.find('/') != std::string::npos ? text_of(path) : "";
  return is_shell_script(text) ? at(path, line_of_script(text)) : std::nullopt;
}

}  // namespace covenv::doctor
