// SPDX-License-Identifier: MIT
#include "wrapper/covenv/journals/journals.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "shim/session/code_file_layout.h"
#include "shim/session/journal_layout.h"
#include "shim/session/session_layout.h"
#include "wrapper/covenv/journals/salvage_source.h"
#include "wrapper/covenv/programs/find_program.h"
#include "wrapper/covenv/programs/run_program.h"

namespace covenv {
namespace {

using nlohmann::json;

// Thousands of journals of large programs take minutes; a reader that hangs must not keep the run
// from ending.
constexpr std::chrono::seconds kDeadline(600);

template <std::size_t kSize>
std::string text_of(const char (&field)[kSize]) {
  return {static_cast<const char*>(field), strnlen(static_cast<const char*>(field), kSize)};
}

std::optional<JournalFileInfo> read_info(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  struct stat status = {};
  const auto header = std::make_unique<JournalHeader>();
  const bool is_read =
      fstat(fd, &status) == 0 && pread(fd, static_cast<void*>(header.get()), sizeof(*header), 0) ==
                                     static_cast<ssize_t>(sizeof(*header));
  close(fd);
  const bool is_ours = is_read && S_ISREG(status.st_mode) && (status.st_mode & 077) == 0 &&
                       status.st_nlink == 1 && status.st_uid == geteuid();
  if (!is_ours || header->magic != kJournalMagic || header->version != kJournalVersion ||
      header->owner != status.st_uid) {
    return std::nullopt;
  }
  return JournalFileInfo{.path = path,
                         .pid = header->pid,
                         .run = text_of(header->run),
                         .data_file = text_of(header->data_file),
                         .executable = text_of(header->executable),
                         .home = text_of(header->home)};
}

/// True if only this user, its group, or root can have put the file there.
bool is_trusted(const std::string& path) {
  struct stat status = {};
  if (path.empty() || path.front() != '/' || stat(path.c_str(), &status) != 0) return false;
  const bool is_owned = status.st_uid == 0 || status.st_uid == geteuid();
  const bool is_open = (status.st_mode & S_IWOTH) != 0 ||
                       ((status.st_mode & S_IWGRP) != 0 && status.st_gid != getegid());
  return is_owned && !is_open;
}

bool is_ours(const std::string& path) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && status.st_uid == geteuid();
}

/// A run without a session is named by a user's number first.
bool is_of_gone_session(const std::string& run) {
  if (run.empty() || (run.front() >= '0' && run.front() <= '9')) return false;
  return access((kSessionFolder + run).c_str(), F_OK) != 0 && errno == ENOENT;
}

/// The interpreter of the journal's process, and the folder that coverage is in. If these are not
/// here (the process ran in another container): python3 of this machine.
std::pair<std::string, std::string> reader_of(const JournalFileInfo& journal) {
  if (is_trusted(journal.executable) && is_trusted(journal.home)) {
    return {journal.executable, journal.home};
  }
  return {find_program("python3"), ""};
}

/// Without the library and its settings, because the reader of journals must not be measured.
std::vector<std::string> reader_environment() {
  std::vector<std::string> entries = own_environment();
  std::erase_if(entries, [](const std::string& entry) {
    return entry.starts_with("LD_PRELOAD=") || entry.starts_with("COV");
  });
  return entries;
}

void take_lines(const std::string& output, std::vector<Salvaged>& results) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const json row = json::parse(line, nullptr, false);
    if (!row.is_object()) continue;
    results.push_back({.pid = row.value("pid", 0),
                       .dropped = row.value("dropped", std::int64_t{0}),
                       .has_values = row.value("has_values", true),
                       .file = row.value("file", ""),
                       .problem = row.value("problem", "")});
  }
}

void salvage_by(const std::string& python, const std::string& home, const std::string& fallback,
                const std::vector<const JournalFileInfo*>& journals,
                std::vector<Salvaged>& results) {
  std::vector<std::string> command = {python, home.empty() ? "-c" : "-Ic", kSalvageSource, home,
                                      fallback};
  for (const JournalFileInfo* journal : journals) command.push_back(journal->path);
  const std::optional<ProgramOutput> ran =
      python.empty() ? std::nullopt : run_program(command, reader_environment(), kDeadline);
  const std::size_t before = results.size();
  if (ran) take_lines(ran->output, results);
  if (ran && ran->errors.empty()) return;
  results.resize(before);
  const std::string why =
      ran ? last_line(ran->errors) : (python.empty() ? "no python3" : python) + " could not be run";
  for (const JournalFileInfo* journal : journals) {
    results.push_back({.pid = journal->pid, .file = {}, .problem = why});
  }
}

}  // namespace

std::string journal_folder() {
  const char* const where = std::getenv("COVENV_JOURNAL");
  return where != nullptr && *where == '/' ? where : kJournalFolder;
}

std::vector<JournalFileInfo> find_journals(const std::string& folder) {
  std::vector<JournalFileInfo> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kJournalPrefix)) continue;
    if (std::optional<JournalFileInfo> info = read_info(entry.path())) {
      found.push_back(*std::move(info));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return found;
}

std::vector<Salvaged> salvage(const std::vector<JournalFileInfo>& journals,
                              const std::string& fallback) {
  std::map<std::pair<std::string, std::string>, std::vector<const JournalFileInfo*>> readers;
  for (const JournalFileInfo& journal : journals) readers[reader_of(journal)].push_back(&journal);
  std::vector<Salvaged> results;
  for (const auto& [reader, those] : readers) {
    salvage_by(reader.first, reader.second, fallback, those, results);
  }
  return results;
}

void remove_code_files(const std::string& run) {
  const std::string_view prefix = kCodeFilePrefix;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kCodeFileFolder, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    const std::string its_run = name.substr(prefix.size(), name.rfind('-') - prefix.size());
    if (its_run == run || (is_of_gone_session(its_run) && is_ours(entry.path()))) {
      std::error_code ignored;
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace covenv
