// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/interpreter.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "wrapper/common/base_name.h"
#include "wrapper/covenv/programs/find_program.h"

namespace covenv::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 1024;

bool is_python(std::string_view name) {
  for (const std::string_view known : {std::string_view("python"), std::string_view("pypy")}) {
    if (!name.starts_with(known)) continue;
    name.remove_prefix(known.size());
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  }
  return false;
}

std::string first_word(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_first_of(" \t", begin) - begin));
}

std::string head_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(kHead, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

/// The first Python, by name, of environments below `folder`, or in it.
std::string python_below(const char* folder) {
  std::vector<std::string> found;
  if (is_executable(fs::path(folder) / "bin/python")) {
    return fs::absolute(fs::path(folder) / "bin/python").string();
  }
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const fs::path python = entry.path() / "bin/python";
    if (is_executable(python)) found.push_back(fs::absolute(python).string());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? "" : found.front();
}

std::string python_of_manager(std::string_view name) {
  if (name == "tox") return python_below(".tox");
  if (name == "nox") return python_below(".nox");
  if (name == "uv" || name == "poetry" || name == "pdm" || name == "hatch") {
    return python_below(".venv");
  }
  return "";
}

std::string python_of_word(const std::string& word) {
  const std::string_view name = base_name(word);
  if (is_python(name)) return find_program(word);
  if (std::string manager = python_of_manager(name); !manager.empty()) return manager;
  const std::string program = find_program(word);
  if (program.empty()) return "";
  const std::string python = python_of_script(head_of(program));
  return python.empty() ? "" : find_program(python);
}

}  // namespace

std::string python_of_script(std::string_view head) {
  if (!head.starts_with("#!")) return "";
  const std::string_view line = head.substr(2, head.find('\n') - 2);
  std::string program = first_word(line);
  if (base_name(program) == "env") {
    std::string_view rest = line.substr(line.find(program) + program.size());
    program = first_word(rest);
    if (program == "-S") program = first_word(rest.substr(rest.find("-S") + 2));
  } else if (program == "/bin/sh") {
    constexpr std::string_view kDetour = "'''exec' ";
    const std::size_t detour = head.find(kDetour);
    if (detour == std::string_view::npos) return "";
    const std::string_view rest = head.substr(detour + kDetour.size());
    program = rest.starts_with('"') ? std::string(rest.substr(1, rest.find('"', 1) - 1))
                                    : first_word(rest.substr(0, rest.find('\n')));
  }
  return is_python(base_name(program)) ? program : "";
}

Interpreter find_interpreter(const Words& command) {
  for (const std::string& word : command) {
    if (word.starts_with('-')) continue;
    if (std::string python = python_of_word(word); !python.empty()) return {python, false};
  }
  const bool is_guess = !command.empty();
  if (const char* const environment = std::getenv("VIRTUAL_ENV"); environment != nullptr) {
    const fs::path python = fs::path(environment) / "bin/python";
    if (is_executable(python)) return {python.string(), is_guess};
  }
  return {find_program("python3"), is_guess};
}

}  // namespace covenv::doctor
