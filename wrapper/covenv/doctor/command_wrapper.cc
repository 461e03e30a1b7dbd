// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/command_wrapper.h"

#include <algorithm>
#include <string_view>

#include "wrapper/common/base_name.h"

namespace covenv::doctor {
namespace {

struct Wrapper {
  std::string_view name;
  std::string_view letters;  ///< of short options that have a value
  std::string_view options;  ///< long options that may have their value in the next word
  int positionals = 0;       ///< words before the command that are no options
  bool takes_assignments = false;
};

constexpr Wrapper kWrappers[] = {
    {"env", "uC", " --unset --chdir ", 0, true},
    {"timeout", "sk", " --signal --kill-after ", 1},
    {"time", "fo", " --format --output "},
    {"nice", "n", " --adjustment "},
    {"ionice", "cn", " --class --classdata "},
    {"taskset", "", "", 1},
    {"stdbuf", "ioe", " --input --output --error "},
    {"nohup", "", ""},
    {"setsid", "", ""},
    {"chronic", "", ""},
    {"unbuffer", "", ""},
    {"xvfb-run", "nsefpw", " --server-num --server-args --error-file --auth-file --wait "},
    {"sudo", "ugprtCDhRTU", " --user --group --prompt --chdir --host ", 0, true},
    {"doas", "uC", ""},
};

/// Whether the option has its value in the next word.
bool has_value_behind(const Wrapper& wrapper, const std::string& option) {
  if (option.starts_with("--")) {
    return wrapper.options.find(" " + option + " ") != std::string_view::npos;
  }
  const std::size_t letter = option.find_first_of(wrapper.letters, 1);
  return letter != std::string::npos && letter + 1 == option.size();
}

std::optional<Wrapped> behind_dashes(const Words& command) {
  const auto dashes = std::find(command.begin(), command.end(), "--");
  if (dashes == command.end() || dashes + 1 == command.end()) return std::nullopt;
  return Wrapped{Words(dashes + 1, command.end()), {}};
}

}  // namespace

std::optional<Wrapped> without_wrapper(const Words& command) {
  if (command.empty()) return std::nullopt;
  const std::string_view name = base_name(command.front());
  if (name == "sigforward" || name == "covenv") return behind_dashes(command);
  const auto* const wrapper =
      std::find_if(std::begin(kWrappers), std::end(kWrappers),
                   [&](const Wrapper& known) { return known.name == name; });
  if (wrapper == std::end(kWrappers)) return std::nullopt;
  Wrapped wrapped;
  wrapped.has_path_of_its_own = name == "sudo" || name == "doas";
  int positionals = wrapper->positionals;
  std::size_t at = 1;
  for (; at < command.size(); ++at) {
    const std::string& word = command[at];
    if (word == "--") continue;
    if (word.size() > 1 && word.front() == '-') {
      // A string of words that env would split.
      if (name == "env" && (word.starts_with("-S") || word.starts_with("--split"))) break;
      const bool has_value = has_value_behind(*wrapper, word) && at + 1 < command.size();
      const bool is_folder = name == "env" && (word == "-C" || word == "--chdir");
      if (is_folder && has_value) wrapped.folder = command[at + 1];
      if (has_value) ++at;
    } else if (wrapper->takes_assignments && is_assignment(word)) {
      wrapped.assignments.push_back(word);
    } else if (positionals > 0) {
      --positionals;
    } else {
      wrapped.command.assign(command.begin() + static_cast<std::ptrdiff_t>(at), command.end());
      return wrapped;
    }
  }
  return std::nullopt;
}

}  // namespace covenv::doctor
