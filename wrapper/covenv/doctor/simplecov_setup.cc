// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/simplecov_setup.h"

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "shim/core/entry.h"

namespace covenv::doctor {
namespace {

namespace fs = std::filesystem;

struct Source {
  fs::path path;
  std::string shown;  ///< as the user knows it
  std::vector<std::string> lines;
};

/// Without comment lines, whose places stay empty. No lines if the file cannot be read.
Source read_source(const fs::path& path, const std::string& shown) {
  Source source = {.path = path, .shown = shown, .lines = {}};
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find_first_not_of(" \t");
    source.lines.push_back(first == std::string::npos || line[first] == '#' ? "" : line);
  }
  return source;
}

std::string place(const Source& source, std::size_t line) {
  return source.shown + ":" + std::to_string(line + 1);
}

bool holds(const Source& source, const std::regex& wanted) {
  for (const std::string& line : source.lines) {
    if (std::regex_search(line, wanted)) return true;
  }
  return false;
}

/// Whether the line loads code of the project itself.
bool loads_project(const std::string& line, const fs::path& folder) {
  static const std::regex kLoad(R"(^\s*(require|require_relative|load)\b[\s(]*(.*)$)");
  static const std::regex kName(R"(^["']([^"']+)["'])");
  std::smatch load;
  std::smatch name;
  if (!std::regex_match(line, load, kLoad)) return false;
  const std::string argument = load[2];
  if (!std::regex_search(argument, name, kName)) return true;  // File.expand_path(...), say
  const std::string file = name[1];
  if (file.find("simplecov") != std::string::npos) return false;
  return load[1] == "require_relative" || file.starts_with("./") || file.starts_with("../") ||
         fs::exists(folder / "lib" / (file + ".rb"));
}

void check_order(const Source& source, const fs::path& folder, Findings& findings) {
  static const std::regex kStart(R"(\bSimpleCov\.start\b)");
  static const std::regex kRequire(R"(^\s*require[\s(]+["']simplecov)");  // starts by .simplecov
  const std::regex& start = holds(source, kStart) ? kStart : kRequire;
  if (!holds(source, start)) return;
  for (std::size_t i = 0; !std::regex_search(source.lines[i], start); ++i) {
    if (!loads_project(source.lines[i], folder)) continue;
    findings.push_back({Level::kError, "simplecov-late",
                        "SimpleCov starts after this line has loaded code, which is not measured",
                        place(source, i),
                        "put require 'simplecov' and SimpleCov.start above this line"});
    return;
  }
}

void check_settings_of(const Source& source, bool is_for_children, Findings& findings) {
  static const std::regex kName(R"(\bcommand_name[\s(]+["'](?![^"']*#\{))");
  static const std::regex kTimeout(R"(\bmerge_timeout[\s(]+(\d{1,9})\s*\)?\s*$)");
  constexpr unsigned long kDefault = 600;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string& line = source.lines[i];
    std::smatch found;
    if (is_for_children && std::regex_search(line, kName)) {
      findings.push_back({Level::kWarning, "simplecov-same-name",
                          "all children have one command_name: each result replaces the last one",
                          place(source, i), "command_name \"child #{Process.pid}\""});
    }
    if (std::regex_search(line, found, kTimeout) && std::stoul(found[1]) < kDefault) {
      findings.push_back(
          {Level::kWarning, "simplecov-expires",
           "results that are older than " + found[1].str() + " seconds are left out of the report",
           place(source, i), "merge_timeout 3600"});
    }
  }
}

/// The files that RUBYOPT loads by -r and a path.
std::vector<std::string> loaded_files(const char* options) {
  std::vector<std::string> files;
  std::istringstream words(options != nullptr ? options : "");
  for (std::string word; words >> word;) {
    if (word.starts_with("-r") && word.find('/') != std::string::npos) {
      files.push_back(word.substr(2));
    }
  }
  return files;
}

}  // namespace

void check_simplecov(const char* const* entries, const fs::path& folder, Findings& findings) {
  static const std::regex kSimpleCov("simplecov", std::regex::icase);
  const char* const options = value_in(entries, "RUBYOPT");
  bool is_in_children = options != nullptr && std::regex_search(options, kSimpleCov);
  for (const std::string& file : loaded_files(options)) {
    const std::string name = file.ends_with(".rb") ? file : file + ".rb";
    const Source source = read_source(folder / name, name);
    if (!holds(source, kSimpleCov)) continue;
    is_in_children = true;
    check_settings_of(source, true, findings);
    if (file.starts_with('/')) continue;
    findings.push_back(
        {Level::kError, "simplecov-relative",
         "RUBYOPT names " + file +
             " relative to the current folder: a Ruby in another folder does not start",
         "RUBYOPT", "export RUBYOPT=-r" + (folder / file).lexically_normal().string()});
  }
  for (const char* const name : {"spec/spec_helper.rb", "spec/rails_helper.rb",
                                 "test/test_helper.rb", "test/helper.rb", ".simplecov"}) {
    const Source source = read_source(folder / name, name);
    if (!holds(source, kSimpleCov)) continue;
    check_order(source, folder, findings);
    check_settings_of(source, false, findings);
    if (is_in_children) continue;
    findings.push_back({Level::kWarning, "simplecov-children",
                        "SimpleCov starts in the process of the tests alone: Ruby programs that "
                        "the tests start are not measured",
                        name,
                        "have a file start SimpleCov, and export RUBYOPT=-r" +
                            (folder / "simplecov_child.rb").string()});
    is_in_children = true;  // said once
  }
}

}  // namespace covenv::doctor
