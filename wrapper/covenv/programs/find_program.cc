// SPDX-License-Identifier: MIT
#include "wrapper/covenv/programs/find_program.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace covenv {

bool is_executable(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_executable(name) ? name : "";
  const char* const variable = std::getenv("PATH");
  std::string_view folders = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!name.empty()) {
    const std::size_t colon = folders.find(':');
    std::string path = std::filesystem::path(folders.substr(0, colon)) / name;
    if (is_executable(path)) return path;
    if (colon == std::string_view::npos) break;
    folders.remove_prefix(colon + 1);
  }
  return "";
}

}  // namespace covenv
