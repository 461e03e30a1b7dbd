// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "children.h"
#include "load.h"

namespace load {
namespace {

std::vector<pid_t> start_group(int count, bool marked) {
  std::vector<pid_t> pids;
  for (int i = 0; i < count; ++i) pids.push_back(start_waiting(marked, i == 0 ? 0 : pids.front()));
  return pids;
}

/// Waits for all, and returns how often each wait status was seen.
json statuses_of(const std::vector<pid_t>& pids) {
  std::map<std::string, int> seen;
  for (const pid_t pid : pids) ++seen[std::to_string(status_of(pid))];
  return seen;
}

json kill_group_of(int count, bool marked) {
  const int descriptors = open_descriptors();
  const std::vector<pid_t> pids = start_group(count, marked);
  errno = 0;
  const int result = killpg(pids.front(), SIGKILL);
  const int error = errno;
  return {{"same",
           {{"result", result},
            {"errno", error},
            {"statuses", statuses_of(pids)},
            {"more_descriptors", open_descriptors() - descriptors}}},
          {"asked", asked()}};
}

}  // namespace

json kill_one_by_one(int count) {
  const int descriptors = open_descriptors();
  const std::vector<pid_t> pids = start_group(count, false);
  std::map<std::string, int> results;
  for (const pid_t pid : pids) {
    errno = 0;
    const int result = kill(pid, SIGKILL);
    ++results[std::to_string(result) + " errno " + std::to_string(errno)];
  }
  return {{"same",
           {{"results", results},
            {"statuses", statuses_of(pids)},
            {"more_descriptors", open_descriptors() - descriptors}}}};
}

json kill_a_group(int count) { return kill_group_of(count, false); }
json kill_a_marked_group(int count) { return kill_group_of(count, true); }

}  // namespace load
