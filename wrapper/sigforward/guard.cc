// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "wrapper/sigforward/clock.h"
#include "wrapper/sigforward/process_group.h"

namespace covenv::sigforward {
namespace {

constexpr char kGoodbye = 'b';
constexpr const char* kName = "sigfwd-guard";

// A message with one descriptor attached.
class DescriptorMessage {
 public:
  explicit DescriptorMessage(pid_t* pid) : content_{.iov_base = pid, .iov_len = sizeof(*pid)} {
    header_.msg_iov = &content_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_;
    header_.msg_controllen = sizeof(control_);
  }
  DescriptorMessage(const DescriptorMessage&) = delete;
  DescriptorMessage& operator=(const DescriptorMessage&) = delete;

  void send(int socket, int fd) {
    cmsghdr* attached = CMSG_FIRSTHDR(&header_);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(attached), &fd, sizeof(fd));
    sendmsg(socket, &header_, MSG_NOSIGNAL);
  }

  // The descriptor; -1 at the end of the stream.
  int receive(int socket) {
    ssize_t size = 0;
    do {
      size = recvmsg(socket, &header_, 0);
    } while (size < 0 && errno == EINTR);
    const cmsghdr* attached = size > 0 ? CMSG_FIRSTHDR(&header_) : nullptr;
    if (attached == nullptr || attached->cmsg_type != SCM_RIGHTS) return -1;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(attached), sizeof(fd));
    return fd;
  }

 private:
  iovec content_;
  msghdr header_ = {};
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(int))] = {};
};

void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  rlimit limit = {};  // Linux before 5.9
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1U << 16U));
  for (int fd = first; fd < end; ++fd) close(fd);
}

// The strings of argv and of the environment lie in one piece on the stack, in this order.
void wipe_command_line(char** argv) {
  char* const begin = argv[0];
  if (begin == nullptr) return;
  char* end = begin;
  for (char** entry = argv; *entry != nullptr; ++entry) end = *entry + std::strlen(*entry);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    end = std::max(end, *entry + std::strlen(*entry));
  }
  const auto size = static_cast<std::size_t>(end - begin);
  std::memset(begin, 0, size);
  std::copy_n(kName, std::min(size, std::strlen(kName)), begin);
}

// The lines of /proc/<pid>/status that the kernel looks at when it clears a parent-death signal.
std::string credentials_of(const std::string& pid) {
  std::string text(4096, '\0');
  const int fd = open(("/proc/" + pid + "/status").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  const ssize_t size = read(fd, text.data(), text.size());
  close(fd);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  std::string lines;
  for (const char* key : {"\nUid:", "\nGid:", "\nCapPrm:"}) {
    const std::size_t start = text.find(key);
    if (start == std::string::npos) return "";
    lines += text.substr(start, text.find('\n', start + 1) - start);
  }
  return lines;
}

// Whether the kernel sends the leader SIGTERM for the death of its parent: not where the command
// changed its credentials. An exec from another thread than the first, as Go's, cannot be seen.
bool gets_parent_death_signal(pid_t leader) {
  const std::string credentials = credentials_of(std::to_string(leader));
  return !credentials.empty() && credentials == credentials_of("self");
}

void end_group(const ProcessGroup& group, int leader, std::int64_t grace) {
  const std::int64_t deadline = deadline_after(grace);
  // One SIGTERM for each. With a second one for the leader, 47 of 100 Python handlers were entered
  // again before they had returned, and a handler that saves coverage does not survive that.
  const bool kernel_does_leader = gets_parent_death_signal(group.id());
  if (kernel_does_leader) {
    group.send_to_each(SIGTERM, group.id());
  } else {
    group.send(SIGTERM);
  }
  group.send(SIGCONT);
  if (kernel_does_leader) {
    // Should the kernel not have done it, half of the grace is left.
    constexpr std::int64_t kLongestDoubt = 10'000'000'000;
    if (group.wait_until_empty(deadline_after(std::min(grace / 2, kLongestDoubt)), -1)) return;
    pidfd_send(leader, SIGTERM);
  }
  if (!group.wait_until_empty(deadline, -1)) group.send(SIGKILL);
}

[[noreturn]] void watch(int socket, std::int64_t grace, char** argv) {
  // Everything but the socket goes, stdin, stdout and stderr too: whoever reads the command's
  // output waits for the end of the pipe.
  dup2(socket, 0);
  close_from(1);
  prctl(PR_SET_NAME, kName);
  wipe_command_line(argv);
  [[maybe_unused]] const int cannot_fail = chdir("/");

  pid_t pid = 0;
  const int pidfd = DescriptorMessage(&pid).receive(0);
  if (pidfd < 0) _exit(0);  // the wrapper is gone and has started nothing
  const ProcessGroup group(pid, pidfd, ProcessGroup::Leader::kReapedByOthers);
  for (;;) {
    char message = 0;
    const ssize_t size = recv(0, &message, sizeof(message), 0);
    if (size > 0 && message == kGoodbye) _exit(0);
    if (size <= 0) break;
  }
  end_group(group, pidfd, grace);
  _exit(0);
}

}  // namespace

Guard Guard::start(std::int64_t grace, char** argv) {
  if (getpid() == 1) return Guard(-1);
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Guard(-1);

  const pid_t parent_of_guard = fork();
  if (parent_of_guard == 0) {
    setsid();
    const pid_t guard = fork();
    if (guard == 0) watch(ends[1], grace, argv);
    _exit(guard < 0 ? 1 : 0);
  }
  close(ends[1]);
  int status = -1;
  if (parent_of_guard > 0) waitpid(parent_of_guard, &status, 0);
  if (status != 0) {
    close(ends[0]);
    return Guard(-1);
  }
  return Guard(ends[0]);
}

void Guard::watch_this_process() const {
  pid_t pid = getpid();
  const int pidfd = pidfd_open(pid);
  if (pidfd >= 0) DescriptorMessage(&pid).send(socket_, pidfd);
}

void Guard::dismiss() const {
  if (socket_ >= 0) send(socket_, &kGoodbye, sizeof(kGoodbye), MSG_NOSIGNAL);
}

}  // namespace covenv::sigforward
