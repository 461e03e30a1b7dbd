// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/process_group.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "shim/core/duration.h"
#include "wrapper/sigforward/clock.h"

namespace covenv::sigforward {
namespace {

constexpr unsigned kWholeGroup = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP of Linux 6.9

// Calls visit(pid, pidfd) for each member but zombies until it returns false; closes the pidfd
// after.
template <typename Visit>
void for_each_member(pid_t group, Visit visit) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return;
  bool go_on = true;
  while (go_on) {
    const dirent* entry = readdir(proc);
    if (entry == nullptr) break;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    pid_t pid = 0;
    if (std::from_chars(entry->d_name, end, pid).ptr != end || getpgid(pid) != group) continue;
    const int pidfd = pidfd_open(pid);
    if (pidfd < 0) continue;
    // Looked at again, now that the number cannot pass on to another process unnoticed.
    if (getpgid(pid) == group && !has_exited(pidfd)) go_on = visit(pid, pidfd);
    close(pidfd);
  }
  closedir(proc);
}

// pidfds of live members. A group larger than this is awaited in several turns.
class Members {
 public:
  explicit Members(pid_t group) {
    for_each_member(group, [this](pid_t, int pidfd) {
      const int fd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
      if (fd >= 0) fds_[count_++] = fd;
      return count_ < fds_.size();
    });
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  ~Members() {
    for (const int fd : *this) close(fd);
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] const int* begin() const { return fds_.data(); }
  [[nodiscard]] const int* end() const { return fds_.data() + count_; }

 private:
  std::array<int, 60> fds_ = {};
  std::size_t count_ = 0;
};

}  // namespace

int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)); }

int pidfd_send(int pidfd, int signo) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, 0U));
}

bool has_exited(int pidfd) {
  pollfd watched = {.fd = pidfd, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) == 1;
}

bool ProcessGroup::outlives_leader() const {
  if (leader_pidfd_ < 0) return false;
  const long result = syscall(SYS_pidfd_send_signal, leader_pidfd_, 0, nullptr, kWholeGroup);
  return result == 0 || errno == ESRCH || errno == EPERM;
}

bool ProcessGroup::send(int signo) const {
  if (leader_pidfd_ >= 0) {
    if (syscall(SYS_pidfd_send_signal, leader_pidfd_, signo, nullptr, kWholeGroup) == 0)
      return true;
    if (errno == ESRCH || errno == EPERM) return false;
    if (leader_ == Leader::kReapedByOthers && has_exited(leader_pidfd_)) {
      // Linux before 6.9, and nothing holds the number.
      return send_to_each(signo, 0);
    }
  }
  return kill(-id_, signo) == 0;
}

bool ProcessGroup::send_to_each(int signo, pid_t except) const {
  bool any = false;
  for_each_member(id_, [&](pid_t pid, int pidfd) {
    if (pid != except && pidfd_send(pidfd, signo) == 0) any = true;
    return true;
  });
  if (!any) errno = ESRCH;
  return any;
}

bool ProcessGroup::wait_until_empty(std::int64_t deadline, int wake_fd) const {
  for (;;) {
    const Members members(id_);
    if (members.count() == 0) return true;

    std::array<pollfd, 64> watched = {};
    std::size_t count = 0;
    if (wake_fd >= 0) watched[count++] = {.fd = wake_fd, .events = POLLIN, .revents = 0};
    const std::size_t first_member = count;
    for (const int member : members) {
      watched[count++] = {.fd = member, .events = POLLIN, .revents = 0};
    }
    // Each member drops out of the poll as it ends; then the group is looked at anew, for what the
    // members have forked meanwhile.
    std::size_t left = members.count();
    while (left > 0) {
      timespec timeout = {};
      if (deadline != kForever) timeout = time_until(deadline);
      const int ready =
          ppoll(watched.data(), count, deadline == kForever ? nullptr : &timeout, nullptr);
      if (ready < 0 && errno != EINTR) return false;
      if (ready == 0 || (wake_fd >= 0 && watched[0].revents != 0)) return false;
      for (std::size_t i = first_member; i < count; ++i) {
        if (watched[i].revents == 0) continue;
        watched[i].fd = -1;
        watched[i].revents = 0;
        --left;
      }
    }
  }
}

}  // namespace covenv::sigforward
