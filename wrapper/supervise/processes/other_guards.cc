// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/other_guards.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "wrapper/common/read_file.h"

namespace covenv::supervise {
namespace {

// Together 15 characters, which is the longest name of a process.
constexpr std::string_view kNameBegins = "sigfwd-";
constexpr std::size_t kMarkEnd = 8;

std::string read_start(const std::string& path) { return read_file(path, 512).value_or(""); }

std::string proc_path(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + name; }

/// The process behind a pidfd of another process; 0 for any other descriptor, and for a pidfd whose
/// process has been reaped.
pid_t process_of(std::string_view fdinfo) {
  constexpr std::string_view kKey = "\nPid:\t";
  const std::size_t at = fdinfo.find(kKey);
  pid_t pid = 0;
  if (at != std::string_view::npos) {
    std::from_chars(fdinfo.data() + at + kKey.size(), fdinfo.data() + fdinfo.size(), pid);
  }
  return pid < 0 ? 0 : pid;
}

}  // namespace

std::string name_of_guard(std::string_view mark) {
  return std::string(kNameBegins) += mark.substr(mark.size() - std::min(mark.size(), kMarkEnd));
}

std::optional<OtherGuard> look_at_guard(pid_t pid) {
  const std::string name = read_start(proc_path(pid, "/comm"));
  if (name.size() != kNameBegins.size() + kMarkEnd + 1 || !name.starts_with(kNameBegins)) {
    return std::nullopt;
  }
  OtherGuard guard = {.mark_end = name.substr(kNameBegins.size(), kMarkEnd), .processes = {}};
  const std::string folder = proc_path(pid, "/fdinfo/");
  DIR* const descriptors = opendir(folder.c_str());
  if (descriptors == nullptr) return guard;
  while (const dirent* const entry = readdir(descriptors)) {
    const pid_t held = process_of(read_start(folder + static_cast<const char*>(entry->d_name)));
    if (held != 0) guard.processes.push_back(held);
  }
  closedir(descriptors);
  return guard;
}

}  // namespace covenv::supervise
