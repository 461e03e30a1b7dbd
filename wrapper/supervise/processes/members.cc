// SPDX-License-Identifier: MIT
#include "wrapper/supervise/processes/members.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "shim/proc/kernel.h"
#include "shim/proc/process.h"
#include "wrapper/common/read_file.h"
#include "wrapper/supervise/processes/mark.h"
#include "wrapper/supervise/processes/other_guards.h"

namespace covenv::supervise {
namespace {

/// Calls visit(number) for each number in `text`.
template <typename Visit>
void for_each_number(std::string_view text, Visit visit) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t number = 0;
    const auto [stopped, error] = std::from_chars(at, end, number);
    if (error == std::errc()) visit(number);
    at = stopped == at ? at + 1 : stopped;
  }
}

/// The children of one thread; false if the kernel has no such file (CONFIG_PROC_CHILDREN), or the
/// thread has ended.
bool read_children(const std::string& thread, std::vector<pid_t>& children) {
  const auto text = read_file(thread + "/children");
  if (!text) return false;
  for_each_number(*text, [&](pid_t pid) { children.push_back(pid); });
  return true;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string number = std::to_string(pid);
  const std::string threads = "/proc/" + number + "/task/";
  // Most processes have one thread. The folder's link count is the number of threads and two.
  struct stat found = {};
  if (stat(threads.c_str(), &found) == 0 && found.st_nlink == 3) {
    read_children(threads + number, children);
    return children;
  }
  DIR* const folder = opendir(threads.c_str());
  if (folder == nullptr) return children;
  while (const dirent* const entry = readdir(folder)) {
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name.front() != '.') read_children(threads + std::string(name), children);
  }
  closedir(folder);
  return children;
}

std::vector<pid_t> every_process() {
  std::vector<pid_t> pids;
  for_each_process(
      kKernel,
      [](void* context, pid_t pid) { static_cast<std::vector<pid_t>*>(context)->push_back(pid); },
      &pids);
  return pids;
}

bool kernel_tells_children() {
  static const bool tells = [] {
    std::vector<pid_t> children;
    return read_children("/proc/self/task/" + std::to_string(getpid()), children);
  }();
  return tells;
}

/// The present, in the unit of the start times in /proc/<pid>/stat.
std::uint64_t ticks_since_boot() {
  static const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  timespec time = {};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * per_second +
         static_cast<std::uint64_t>(time.tv_nsec) * per_second / 1'000'000'000;
}

/// The processes of a scope, each once, parents before their children.
class Pids {
 public:
  explicit Pids(const Scope& scope) : scope_(scope) {
    // The tree first, because descendants are hard to find once their parents have ended.
    if (scope.root != 0) add_tree(scope.root);
    if (!scope.everything && scope.group == 0 && scope.mark == nullptr) return;
    for (const pid_t pid : every_process()) {
      if (known_.count(pid) == 0 && is_listed_by_itself(pid, getpgid(pid))) add(pid);
    }
  }

  const std::vector<pid_t>& in_order() const { return order_; }

  bool under_other_wrapper(pid_t pid) const { return under_other_wrapper_.count(pid) != 0; }

  /// Whether a process that is held now still belongs to the scope.
  bool belongs(const Member& member) const {
    const pid_t parent = member.status.parent;
    // The tests that read /proc come last, and the longest file, the environment, at the very end.
    return member.pid == scope_.root || parent == scope_.root || known_.count(parent) != 0 ||
           is_older(member.pid) || is_listed_by_itself(member.pid, member.group);
  }

 private:
  bool is_listed_by_itself(pid_t pid, pid_t group) const {
    return scope_.everything || (scope_.group != 0 && group == scope_.group) ||
           (scope_.mark != nullptr && has_mark(pid, *scope_.mark));
  }

  /// True for the process that was listed under this pid. Its parent can have died since.
  bool is_older(pid_t pid) const {
    ProcessStat stat;
    return read_stat(kKernel, pid, stat) && stat.start_time < began_;
  }

  void add_tree(pid_t root) {
    add(root);
    if (!kernel_tells_children()) return add_descendants_by_parent();
    if (root == scope_.wrapper) add_adopted(children_of(root));
    for (std::size_t i = 0; i < order_.size(); ++i) add_below(order_[i], children_of(order_[i]));
  }

  void add(pid_t pid) {
    if (pid != getpid() && pid != scope_.wrapper && known_.insert(pid).second)
      order_.push_back(pid);
  }

  /// If a wrapper below was killed, its processes and its guard have become our children. The guard
  /// may not hold them yet, so that the mark tells as well.
  void add_adopted(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) {
      const std::optional<OtherGuard> guard = look_at_guard(pid);
      if (!guard) continue;
      under_other_wrapper_.insert(guard->processes.begin(), guard->processes.end());
      for (const pid_t other : pids) {
        if (has_mark(other, guard->mark_end)) under_other_wrapper_.insert(other);
      }
    }
    add_all(pids);
  }

  void add_below(pid_t parent, const std::vector<pid_t>& pids) {
    if (!pids.empty() && (under_other_wrapper(parent) || is_sigforward(kKernel, parent))) {
      under_other_wrapper_.insert(pids.begin(), pids.end());
    }
    add_all(pids);
  }

  void add_all(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) add(pid);
  }

  void add_descendants_by_parent() {
    std::unordered_map<pid_t, std::vector<pid_t>> children;
    for (const pid_t pid : every_process()) {
      ProcessStatus status;
      if (read_status(kKernel, pid, status)) children[status.parent].push_back(pid);
    }
    add_all(children[scope_.root]);
    for (std::size_t i = 0; i < order_.size(); ++i) add_below(order_[i], children[order_[i]]);
  }

  const Scope& scope_;
  const std::uint64_t began_ = ticks_since_boot();
  std::vector<pid_t> order_;
  std::unordered_set<pid_t> known_;
  std::unordered_set<pid_t> under_other_wrapper_;
};

}  // namespace

int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)); }

int pidfd_send(int pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0U));
}

bool has_exited(int pidfd) {
  pollfd watched = {.fd = pidfd, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) == 1;
}

bool proc_is_usable() { return proc_is_ours(kKernel, getpid()); }

void for_each_member(const Scope& scope, const std::function<bool(const Member&)>& visit) {
  if (!proc_is_usable()) return;
  const Pids pids(scope);
  bool go_on = true;
  for (auto pid = pids.in_order().rbegin(); go_on && pid != pids.in_order().rend(); ++pid) {
    Member member = {.pid = *pid,
                     .pidfd = pidfd_open(*pid),
                     .group = getpgid(*pid),
                     .status = {},
                     .under_other_wrapper = pids.under_other_wrapper(*pid)};
    if (member.pidfd < 0) continue;
    if (read_status(kKernel, *pid, member.status) && !member.status.is_dead() &&
        pids.belongs(member)) {
      go_on = visit(member);
    }
    close(member.pidfd);
  }
}

}  // namespace covenv::supervise
