// SPDX-License-Identifier: MIT
#include "wrapper/covenv/cli/typed_command.h"

namespace covenv {

std::size_t words_of_option(const CLI::App& app, const std::string& word) {
  const bool is_long = word.starts_with("--");
  const std::size_t equals = word.find('=');
  const CLI::Option* const option =
      app.get_option_no_throw(is_long ? word.substr(0, equals) : word.substr(0, 2));
  if (option == nullptr) return 0;
  const bool holds_value = is_long ? equals != std::string::npos : word.size() > 2;
  return option->get_items_expected_max() > 0 && !holds_value ? 2 : 1;
}

std::vector<std::string> typed_command(const CLI::App& app, const char* const* argv) {
  constexpr std::size_t kBehindName = 2;
  std::size_t at = kBehindName;
  while (argv[at] != nullptr) {
    const std::string word = argv[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word.size() < 2 || word[0] != '-') break;
    at += words_of_option(app, word);
  }
  std::vector<std::string> command;
  for (; argv[at] != nullptr; ++at) command.emplace_back(argv[at]);
  return command;
}

}  // namespace covenv
