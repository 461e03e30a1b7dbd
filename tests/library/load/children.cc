// SPDX-License-Identifier: MIT
#include "children.h"

#include <dirent.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace load {

using transparency::AskedTarget;
using transparency::Setup;
using transparency::start_target;

Leaf::Leaf() {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink("/proc/self/exe", target.data(), target.size());
  path_.assign(target.data(), static_cast<std::size_t>(size));
  path_.replace(path_.rfind('/') + 1, std::string::npos, "load_leaf");
}

int Leaf::run() const {
  std::string name = "load_leaf";
  const std::array<char*, 2> arguments = {name.data(), nullptr};
  const std::array<char*, 1> nothing = {nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, path(), nullptr, nullptr, arguments.data(), nothing.data());
  return error != 0 ? -error : status_of(pid);
}

pid_t start_waiting(bool marked, pid_t group) {
  asked();
  Setup setup{.group = group, .can_be_asked = marked};
  // The child reports its ask into a pipe that is closed here.
  setup.first = [] { std::signal(SIGPIPE, SIG_IGN); };
  const AskedTarget target = start_target(setup);
  close(target.said);
  close(target.go);
  return target.pid;
}

int asked() { return transparency::asked_count(); }

int open_descriptors() {
  int count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

long memory(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::atol(line.c_str() + std::strlen(field) + 1);
  }
  return -1;
}

}  // namespace load
