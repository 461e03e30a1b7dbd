// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/interpreter.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

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
    // A free-threaded build.
    if (name.ends_with('t')) name.remove_suffix(1);
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

/// The Python of the environment `name` below `folder`; without a name, the first one's. In doubt
/// if there are others.
Interpreter python_below(const char* folder, const std::string& name) {
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const fs::path python = entry.path() / "bin/python";
    if (!is_executable(python)) continue;
    if (entry.path().filename() == name) return {fs::absolute(python).string(), false};
    found.push_back(fs::absolute(python).string());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return {"", true};
  return {found.front(), !name.empty() || found.size() > 1};
}

/// The word after one of the options.
std::string option_value(const Words& command, std::string_view option,
                         std::string_view long_option) {
  for (std::size_t n = 0; n + 1 < command.size(); ++n) {
    if (command[n] == option || command[n] == long_option) return command[n + 1];
  }
  return "";
}

/// That of an environment which tox, nox, uv and the like have made here. nullopt if `name` is none
/// of them; without a path if there is no environment.
std::optional<Interpreter> python_of_manager(std::string_view name, const Words& command) {
  if (name == "tox") return python_below(".tox", option_value(command, "-e", "--env"));
  if (name == "nox") return python_below(".nox", option_value(command, "-s", "--session"));
  if (name != "uv" && name != "poetry" && name != "pdm" && name != "hatch") return std::nullopt;
  const fs::path python = ".venv/bin/python";
  const bool is_there = is_executable(python);
  return Interpreter{is_there ? fs::absolute(python).string() : "", !is_there};
}

std::string python_of_word(const std::string& word) {
  const std::string_view name = base_name(word);
  if (is_python(name)) return find_program(word);
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
  bool is_guess = false;
  for (const std::string& word : command) {
    if (word.starts_with('-')) continue;
    if (const auto managed = python_of_manager(base_name(word), command)) {
      if (!managed->path.empty()) return *managed;
      // What follows is found along PATH only if the manager finds it there as well.
      is_guess = true;
      continue;
    }
    if (std::string python = python_of_word(word); !python.empty()) return {python, is_guess};
  }
  is_guess = !command.empty();
  if (const char* const environment = std::getenv("VIRTUAL_ENV"); environment != nullptr) {
    const fs::path python = fs::path(environment) / "bin/python";
    if (is_executable(python)) return {python.string(), is_guess};
  }
  return {find_program("python3"), is_guess};
}

}  // namespace covenv::doctor
