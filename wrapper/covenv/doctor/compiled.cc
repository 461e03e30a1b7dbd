// SPDX-License-Identifier: MIT
#include "wrapper/covenv/doctor/compiled.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>

#include "wrapper/common/base_name.h"
#include "wrapper/covenv/programs/find_program.h"
#include "wrapper/covenv/programs/run_program.h"

namespace covenv::doctor {
namespace {

namespace fs = std::filesystem;
using Findings = std::vector<Finding>;

/// Calls visit(text) for pieces of a file that overlap by 4 KiB, until it returns false.
template <typename Visit>
void for_each_piece(const std::string& path, Visit visit) {
  constexpr std::size_t kPiece = 1U << 20U;
  constexpr std::size_t kOverlap = 4096;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::string piece(kPiece, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
    if (!visit(std::string_view(text))) return;
    if (text.size() > kOverlap) text.erase(0, text.size() - kOverlap);
  }
}

/// Whether a file holds this text, of at most 64 bytes.
bool file_holds(const std::string& path, std::string_view text) {
  bool is_found = false;
  for_each_piece(path, [&](std::string_view piece) {
    is_found = piece.find(text) != std::string_view::npos;
    return !is_found;
  });
  return is_found;
}

/// Only a program with counters is linked to the code that has this message.
bool is_go_with_counters(const std::string& path) {
  return file_holds(path, "Go buildinf:") && file_holds(path, "warning: GOCOVERDIR not set");
}

/// The names of data files in a program of gcov's: absolute paths that end in .gcda.
std::set<std::string> data_files_of(const std::string& path) {
  constexpr std::string_view kEnd = ".gcda";
  std::set<std::string> names;
  for_each_piece(path, [&](std::string_view text) {
    for (std::size_t at = text.find(kEnd); at != std::string_view::npos;
         at = text.find(kEnd, at + 1)) {
      const std::size_t before = text.rfind('\0', at);
      if (before == std::string_view::npos || text[before + 1] != '/') continue;
      names.emplace(text.substr(before + 1, at + kEnd.size() - before - 1));
    }
    return true;
  });
  return names;
}

void check_notes(const std::string& path, const std::set<std::string>& data, Findings& findings) {
  const auto lacks_notes = [](const std::string& name) {
    return !fs::exists(fs::path(name).replace_extension(".gcno"));
  };
  const auto missing = std::find_if(data.begin(), data.end(), lacks_notes);
  if (missing == data.end()) return;
  findings.push_back({Level::kWarning, "gcov-notes-missing",
                      std::string(base_name(path)) +
                          " is built with --coverage, and the notes are gone without which gcov "
                          "shows nothing: " +
                          fs::path(*missing).replace_extension(".gcno").string(),
                      path, "build it again, and keep the .gcno files where they are"});
}

/// The number behind a text in a file; 0 if there is none.
int number_behind(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return 0;
  int number = 0;
  for (std::size_t i = at + before.size(); i < text.size() && std::isdigit(text[i]) != 0; ++i) {
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// The LLVM that has made a program of clang's; 0 if it says none (rustc's programs do not).
int llvm_of(const std::string& path) {
  int version = 0;
  for_each_piece(path, [&](std::string_view text) {
    version = number_behind(text, "clang version ");
    return version == 0;
  });
  return version;
}

/// The raw version that an LLVM writes, and that its llvm-profdata alone reads.
int raw_version_of(int llvm) { return llvm < 14 ? 7 : llvm < 17 ? 8 : llvm < 19 ? 9 : 10; }

void check_profile_tool(const std::string& path, Findings& findings) {
  const int made_by = llvm_of(path);
  const std::string tool = find_program("llvm-profdata");
  if (made_by == 0 || tool.empty()) return;
  const std::optional<ProgramOutput> answer =
      run_program({tool, "--version"}, own_environment(), std::chrono::seconds(10));
  const int read_by = answer ? number_behind(answer->output, "LLVM version ") : 0;
  if (read_by == 0 || raw_version_of(read_by) == raw_version_of(made_by)) return;
  const std::string right = "llvm-profdata-" + std::to_string(made_by);
  findings.push_back({Level::kWarning, "profile-tool",
                      "llvm-profdata is of LLVM " + std::to_string(read_by) + ", and " +
                          std::string(base_name(path)) + " of clang " + std::to_string(made_by) +
                          ", whose profiles it does not read",
                      tool, "merge by " + right});
}

/// Whether a pattern holds %p, %m, or %4m, say.
bool holds_specifier(std::string_view pattern, char specifier) {
  for (std::size_t at = pattern.find('%'); at != std::string_view::npos;
       at = pattern.find('%', at + 1)) {
    std::size_t end = at + 1;
    while (end < pattern.size() && std::isdigit(pattern[end]) != 0) ++end;
    if (end < pattern.size() && pattern[end] == specifier) return true;
  }
  return false;
}

}  // namespace

bool check_counters(const std::string& path, Findings& findings) {
  if (is_go_with_counters(path)) {
    if (std::getenv("GOCOVERDIR") == nullptr) {
      findings.push_back(
          {Level::kError, "go-folder-missing",
           std::string(base_name(path)) + " is built with -cover, and GOCOVERDIR is not set", path,
           "mkdir -p covdata && export GOCOVERDIR=$PWD/covdata"});
    }
    return true;
  }
  const bool is_llvm = file_holds(path, "__llvm_prf_data");
  const bool is_gcov = file_holds(path, "GCOV_PREFIX_STRIP");
  if (is_llvm) check_profile_tool(path, findings);
  if (is_gcov) check_notes(path, data_files_of(path), findings);
  return is_llvm || is_gcov;
}

void check_go_folder(const char* folder, Findings& findings) {
  if (folder == nullptr || *folder == '\0') return;
  std::error_code error;
  const std::string value = std::string("GOCOVERDIR=") + folder;
  if (!fs::is_directory(folder, error)) {
    findings.push_back({Level::kError, "go-folder-missing", value + " is no folder that is there",
                        "environment", std::string("mkdir -p ") + folder});
  } else if (access(folder, W_OK) != 0) {
    findings.push_back({Level::kError, "go-folder-missing", value + " cannot be written to",
                        "environment", std::string("chmod u+w ") + folder});
  } else if (*folder != '/') {
    findings.push_back({Level::kWarning, "go-folder-relative",
                        value + " is relative: a child in another folder does not find it",
                        "environment", "export GOCOVERDIR=" + fs::absolute(folder).string()});
  }
}

void check_node_folder(const char* folder, Findings& findings) {
  if (folder == nullptr || *folder == '\0' || *folder == '/') return;
  findings.push_back({Level::kWarning, "node-folder-relative",
                      std::string("NODE_V8_COVERAGE=") + folder +
                          " is relative: a Node that is started in another folder writes there",
                      "environment", "export NODE_V8_COVERAGE=" + fs::absolute(folder).string()});
}

void check_profile_pattern(const char* pattern, Findings& findings) {
  if (pattern == nullptr || *pattern == '\0') return;
  const std::string_view text(pattern);
  if (text.starts_with("/dev/")) return;
  const std::string value = "LLVM_PROFILE_FILE=" + std::string(text);
  if (!holds_specifier(text, 'p') && !holds_specifier(text, 'm')) {
    findings.push_back({Level::kWarning, "profile-overwritten",
                        value + " names one file for all processes, of which the last to end wins",
                        "environment",
                        "put %p into the name: export LLVM_PROFILE_FILE=$PWD/%p.profraw"});
  } else if (!text.starts_with('/') && !text.starts_with("%t")) {
    findings.push_back({Level::kWarning, "profile-relative",
                        value + " is relative: a child in another folder writes there",
                        "environment", "export LLVM_PROFILE_FILE=" + fs::absolute(text).string()});
  }
}

}  // namespace covenv::doctor
