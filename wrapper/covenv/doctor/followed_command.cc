// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/followed_command.h"

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "wrapper/covenv/doctor/command_wrapper.h"
#include "wrapper/covenv/doctor/recipe.h"
#include "wrapper/covenv/doctor/surroundings.h"

namespace covenv::doctor {
namespace {

/// With $NAME and ${NAME} of the environment; empty if another expansion is left.
std::string with_environment(std::string text) {
  for (std::size_t at = 0; (at = text.find('$', at)) != std::string::npos;) {
    const bool is_braced = text[at + 1] == '{';
    const std::size_t begin = at + (is_braced ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
      ++end;
    }
    if (end == begin || (is_braced && text[end] != '}')) return "";
    const char* const value = std::getenv(text.substr(begin, end - begin).c_str());
    const std::string known = value != nullptr ? value : "";
    text.replace(at, end + (is_braced ? 1 : 0) - at, known);
    at += known.size();
  }
  return text;
}

/// What the environment and the folder of a command are, made those of this process.
void enter(const Words& assignments, const std::string& folder) {
  for (const std::string& assignment : assignments) {
    const std::size_t sign = assignment.find('=');
    const std::string value = with_environment(assignment.substr(sign + 1));
    if (value.empty() && sign + 1 < assignment.size()) continue;
    setenv(assignment.substr(0, sign).c_str(), value.c_str(), 1);
  }
  std::error_code error;
  if (!folder.empty()) std::filesystem::current_path(folder, error);
}

}  // namespace

Followed follow(const Words& given, std::vector<Finding>& findings) {
  constexpr int kMost = 16;
  Followed followed{given, ""};
  for (int step = 0; step < kMost; ++step) {
    const Words& command = followed.command;
    check_command(command, geteuid(), findings);
    if (std::optional<Wrapped> wrapped = without_wrapper(command)) {
      enter(wrapped->assignments, wrapped->folder);
      followed.is_guess = followed.is_guess || (wrapped->has_path_of_its_own &&
                                                wrapped->command[0].find('/') == std::string::npos);
      followed.command = std::move(wrapped->command);
    } else if (std::optional<Recipe> recipe = find_recipe(command)) {
      enter(recipe->line.assignments, recipe->line.folder);
      followed.command = std::move(recipe->line.command);
      if (!recipe->where.empty()) followed.where = std::move(recipe->where);
    } else {
      break;
    }
  }
  return followed;
}

}  // namespace covenv::doctor
