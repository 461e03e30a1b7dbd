// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/other_guards.h"

#include <dirent.h>

#include <charconv>
#include <string>
#include <string_view>

#include "wrapper/common/read_file.h"

namespace covenv::supervise {
namespace {

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

std::vector<pid_t> processes_of_guard(pid_t guard) {
  std::vector<pid_t> processes;
  if (read_start(proc_path(guard, "/comm")) != std::string(kGuardName) + "\n") return processes;
  const std::string folder = proc_path(guard, "/fdinfo/");
  DIR* const descriptors = opendir(folder.c_str());
  if (descriptors == nullptr) return processes;
  while (const dirent* const entry = readdir(descriptors)) {
    const pid_t pid = process_of(read_start(folder + static_cast<const char*>(entry->d_name)));
    if (pid != 0) processes.push_back(pid);
  }
  closedir(descriptors);
  return processes;
}

}  // namespace covenv::supervise
