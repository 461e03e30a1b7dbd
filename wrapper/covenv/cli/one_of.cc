// SPDX-License-Identifier: MIT
#include "wrapper/covenv/cli/one_of.h"

#include <algorithm>
#include <utility>

#include "wrapper/covenv/cli/nearest_word.h"

namespace covenv {
namespace {

std::string listed(const std::vector<std::string>& names, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? last : ",";
    text += names[i];
  }
  return text;
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> names) {
  const std::string shown = "{" + listed(names, ",") + "}";
  const auto check = [names = std::move(names)](const std::string& value) -> std::string {
    if (std::find(names.begin(), names.end(), value) != names.end()) return "";
    std::string meant = suggestion(value, names);
    std::string list = listed(names, " or ");
    for (std::size_t at = 0; (at = list.find(',', at)) != std::string::npos; ++at) {
      list.insert(at + 1, " ");
    }
    return "'" + value + "' makes no sense: write " + list + meant;
  };
  return {check, shown};
}

}  // namespace covenv
