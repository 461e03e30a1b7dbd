// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/recipe.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "wrapper/common/base_name.h"
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

std::vector<std::string> lines_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
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

/// The words of the first simple command of a line, without quotes and assignments before it.
Words words_of(std::string_view line) {
  line = line.substr(0, line.find_first_of(";|&<>#"));
  Words words;
  std::istringstream stream{std::string(line)};
  for (std::string word; stream >> word;) {
    std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
    const bool is_assignment = words.empty() && word.find('=') != std::string::npos;
    if (!word.empty() && !is_assignment && !(words.empty() && word == "exec")) {
      words.push_back(word);
    }
  }
  return words;
}

bool starts_tests(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return is_one_of(base_name(word), {"pytest", "py.test", "coverage", "tox", "nox", "unittest"});
  });
}

/// Adds NAME=value, NAME := value, NAME ?= value. True if the line is an assignment.
bool add_assignment(std::string_view line, Variables& variables) {
  const std::size_t sign = line.find('=');
  if (sign == std::string_view::npos) return false;
  std::string_view name = trimmed(line.substr(0, sign));
  while (!name.empty() && is_one_of(name.substr(name.size() - 1), {":", "?"})) {
    name = trimmed(name.substr(0, name.size() - 1));
  }
  if (name.empty() || name.find_first_of(" \t$-./:") != std::string_view::npos) return false;
  std::string value = expanded(trimmed(line.substr(sign + 1)), variables);
  std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
  variables.insert_or_assign(std::string(name), value);
  return true;
}

struct Rule {
  Words needs;
  std::vector<std::pair<std::size_t, std::string>> recipe;
};

std::optional<RecipeLine> line_of_rule(const std::map<std::string, Rule, std::less<>>& rules,
                                       std::string_view target, const Variables& variables,
                                       int depth) {
  const auto rule = rules.find(target);
  if (rule == rules.end() || depth == 0) return std::nullopt;
  for (const auto& [number, text] : rule->second.recipe) {
    Words words = words_of(expanded(text, variables));
    if (starts_tests(words)) return RecipeLine{std::move(words), number};
  }
  for (const std::string& need : rule->second.needs) {
    if (auto found = line_of_rule(rules, need, variables, depth - 1)) return found;
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
  return Recipe{std::move(line->command), path + ":" + std::to_string(line->line)};
}

std::optional<Recipe> recipe_of_make(const Words& command) {
  std::string target;
  for (std::size_t n = 1; n < command.size(); ++n) {
    // Options may name another file or folder.
    if (command[n].starts_with('-')) return std::nullopt;
    if (target.empty() && command[n].find('=') == std::string::npos) target = command[n];
  }
  for (const char* const name : {"GNUmakefile", "makefile", "Makefile"}) {
    if (const std::string text = text_of(name); !text.empty()) {
      return at(name, line_of_makefile(text, target));
    }
  }
  return std::nullopt;
}

bool is_shell(std::string_view name) { return is_one_of(name, {"sh", "bash", "dash", "zsh"}); }

bool is_shell_script(std::string_view text) {
  if (!text.starts_with("#!") || !python_of_script(text).empty()) return false;
  const Words words = words_of(text.substr(2, text.find('\n') - 2));
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return is_shell(base_name(word)); });
}

}  // namespace

std::optional<RecipeLine> line_of_makefile(std::string_view text, std::string_view target) {
  constexpr int kDepth = 8;
  std::map<std::string, Rule, std::less<>> rules;
  Variables variables;
  std::string first;
  std::vector<std::string> current;
  std::size_t number = 0;
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
    if (line.starts_with('#') || add_assignment(line, variables)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    current = words_of(line.substr(0, colon));
    for (const std::string& name : current) {
      for (const std::string& need : words_of(line.substr(colon + 1))) {
        rules[name].needs.push_back(need);
      }
      rules.try_emplace(name);
      if (first.empty() && !name.starts_with('.')) first = name;
    }
  }
  return line_of_rule(rules, target.empty() ? std::string_view(first) : target, variables, kDepth);
}

std::optional<RecipeLine> line_of_script(std::string_view text) {
  constexpr std::string_view kActivate = "/activate";
  Variables variables;
  std::string programs;
  std::size_t number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (trimmed(line).find_first_of(kBlanks) == std::string_view::npos &&
        add_assignment(trimmed(line), variables)) {
      continue;
    }
    Words words = words_of(expanded(line, variables));
    if (words.size() == 2 && is_one_of(words[0], {"source", "."}) &&
        words[1].ends_with(kActivate)) {
      programs = words[1].substr(0, words[1].size() - kActivate.size() + 1);
    } else if (starts_tests(words)) {
      if (is_executable(programs + words[0])) words[0] = programs + words[0];
      return RecipeLine{std::move(words), number};
    }
  }
  return std::nullopt;
}

std::optional<Recipe> find_recipe(const Words& command) {
  if (command.empty()) return std::nullopt;
  const std::string_view first = base_name(command.front());
  if (is_one_of(first, {"make", "gmake"})) return recipe_of_make(command);
  const bool has_script = is_shell(first) && command.size() > 1 && !command[1].starts_with('-');
  const std::string& path = command[has_script ? 1 : 0];
  const std::string text = path.find('/') != std::string::npos || has_script ? text_of(path) : "";
  if (!has_script && !is_shell_script(text)) return std::nullopt;
  return at(path, line_of_script(text));
}

}  // namespace covenv::doctor
