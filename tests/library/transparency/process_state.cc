// SPDX-License-Identifier: MIT
#include "process_state.h"

#include <dirent.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "bytes.h"

namespace transparency {
namespace {

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return length < 0 ? "?" : std::string(target.data(), static_cast<size_t>(length));
}

// "pipe:[4711]" -> "pipe:[]", because the inode differs from run to run.
std::string without_inode(const std::string& target) {
  const size_t bracket = target.find(":[");
  return bracket == std::string::npos ? target : target.substr(0, bracket) + ":[]";
}

nlohmann::json open_files() {
  std::map<int, std::string> files;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return nullptr;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.front() == '.') continue;
    const int fd = static_cast<int>(std::strtol(name.c_str(), nullptr, 10));
    if (fd != dirfd(folder)) files[fd] = without_inode(link_target("/proc/self/fd/" + name));
  }
  closedir(folder);
  nlohmann::json result = nlohmann::json::object();
  for (const auto& [fd, target] : files) result[std::to_string(fd)] = text_of(target);
  return result;
}

nlohmann::json status_lines() {
  nlohmann::json result;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const size_t colon = line.find(':');
    const std::string key = line.substr(0, colon);
    for (const char* wanted : {"Name", "Umask", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn",
                               "SigCgt", "Uid", "Gid", "NoNewPrivs", "Seccomp"}) {
      if (key == wanted)
        result[key] = text_of(line.substr(line.find_first_not_of("\t ", colon + 1)));
    }
  }
  return result;
}

nlohmann::json limits() {
  nlohmann::json result = nlohmann::json::array();
  for (const auto resource : {RLIMIT_STACK, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_DATA}) {
    rlimit limit{};
    getrlimit(resource, &limit);
    result.push_back({limit.rlim_cur, limit.rlim_max});
  }
  return result;
}

}  // namespace

nlohmann::json strings_of(const char* const* array) {
  if (array == nullptr) return nullptr;
  nlohmann::json result = nlohmann::json::array();
  for (; *array != nullptr; ++array) result.push_back(text_of(*array));
  return result;
}

nlohmann::json process_state() {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the auxiliary vector holds the address as a number.
  const auto* executed = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  return {{"files", open_files()},
          {"status", status_lines()},
          {"folder", text_of(link_target("/proc/self/cwd"))},
          {"leads_group", getpgrp() == getpid()},
          {"leads_session", getsid(0) == getpid()},
          {"limits", limits()},
          {"executed", executed == nullptr ? "" : text_of(executed)},
          {"secure", getauxval(AT_SECURE) != 0}};
}

}  // namespace transparency
