// SPDX-License-Identifier: MIT
#include "wrapper/sigforward/guard.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "wrapper/sigforward/aftermath.h"
#include "wrapper/sigforward/guard_message.h"
#include "wrapper/sigforward/members.h"

namespace covenv::sigforward {
namespace {

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
  std::copy_n(kGuardName, std::min(size, std::strlen(kGuardName)), begin);
}

[[noreturn]] void stand_by(int socket, const Ladder& ladder, const Estate& estate, char** argv) {
  // Everything but the socket goes, stdin, stdout and stderr too: whoever reads the command's
  // output waits for the end of the pipe.
  dup2(socket, 0);
  close_from(1);
  prctl(PR_SET_NAME, kGuardName);
  wipe_command_line(argv);
  [[maybe_unused]] const int cannot_fail = chdir("/");

  Progress progress(ladder);
  std::optional<Held> command;
  pid_t group = 0;
  std::vector<Held> others;
  GuardMessage message = {.kind = GuardMessage::Kind::kGoodbye};
  int fd = -1;
  while (receive_message(0, message, fd)) {
    switch (message.kind) {
      case GuardMessage::Kind::kCommand:
        command = {.pid = message.pid, .pidfd = fd};
        group = message.group;
        break;
      case GuardMessage::Kind::kOther:
        if (fd >= 0) others.push_back({.pid = message.pid, .pidfd = fd});
        break;
      case GuardMessage::Kind::kProgress:
        progress = message.progress;
        break;
      case GuardMessage::Kind::kGoodbye:
        _exit(0);
    }
  }
  if (command && command->pidfd >= 0) {
    Aftermath(*command, group, std::move(others), progress, estate.mark).bring_about();
  }
  if (!estate.file.empty()) unlink(estate.file.c_str());
  _exit(0);
}

}  // namespace

Guard Guard::start(const Ladder& ladder, const Estate& estate, char** argv) {
  if (getpid() == 1) return Guard(-1);
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Guard(-1);

  // Its memory is not worth copying: it forks at once, and we wait for it anyway.
  // NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  const pid_t parent_of_guard = vfork();
  if (parent_of_guard == 0) {
    setsid();
    const pid_t guard = fork();
    if (guard == 0) stand_by(ends[1], ladder, estate, argv);
    _exit(guard < 0 ? 1 : 0);
  }
  // NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  close(ends[1]);
  int status = -1;
  if (parent_of_guard > 0) waitpid(parent_of_guard, &status, 0);
  if (status != 0) {
    close(ends[0]);
    return Guard(-1);
  }
  return Guard(ends[0]);
}

void Guard::watch_this_process(pid_t group) const {
  if (socket_ < 0) return;
  const pid_t pid = getpid();
  const int pidfd = pidfd_open(pid);
  if (pidfd < 0) return;
  send_message(socket_, {.kind = GuardMessage::Kind::kCommand, .pid = pid, .group = group}, pidfd);
}

void Guard::watch(pid_t pid, int pidfd) const {
  if (socket_ >= 0) send_message(socket_, {.kind = GuardMessage::Kind::kOther, .pid = pid}, pidfd);
}

void Guard::note(const Progress& progress) const {
  if (socket_ < 0) return;
  send_message(socket_, {.kind = GuardMessage::Kind::kProgress, .progress = progress}, -1);
}

void Guard::dismiss() const {
  if (socket_ >= 0) send_message(socket_, {.kind = GuardMessage::Kind::kGoodbye}, -1);
}

}  // namespace covenv::sigforward
