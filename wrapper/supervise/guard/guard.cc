// SPDX-License-Identifier: MIT
#include "wrapper/supervise/guard/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "wrapper/supervise/guard/guard_message.h"
#include "wrapper/supervise/guard/orphaned_command.h"
#include "wrapper/supervise/processes/other_guards.h"

namespace covenv::supervise {
namespace {

void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  rlimit limit = {};  // Linux before 5.9
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1U << 16U));
  for (int fd = first; fd < end; ++fd) close(fd);
}

/// Overwrites argv and the environment, whose strings lie in one piece on the stack, in this order.
void wipe_command_line(char** argv, const std::string& name) {
  char* const begin = argv[0];
  if (begin == nullptr) return;
  char* end = begin;
  for (char** entry = argv; *entry != nullptr; ++entry) end = *entry + std::strlen(*entry);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    end = std::max(end, *entry + std::strlen(*entry));
  }
  const auto size = static_cast<std::size_t>(end - begin);
  std::memset(begin, 0, size);
  std::copy_n(name.begin(), std::min(size, name.size()), begin);
}

struct Channel {
  int ours = -1;
  int theirs = -1;
};

Channel open_channel() {
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
  return {.ours = ends[0], .theirs = ends[1]};
}

/// True if `known` is the process that is told again, because it is asked now.
bool takes(HeldProcess& known, const HeldProcess& told) {
  if (known.pid != told.pid || has_exited(known.pidfd)) return false;
  known.is_asked = known.is_asked || told.is_asked;
  close(told.pidfd);
  return true;
}

/// `second` of -1: this is the second guard.
[[noreturn]] void stand_by(int socket, int second, pid_t wrapper, const Ladder& ladder,
                           const Cleanup& cleanup) {
  // Everything but the sockets is closed, stdin, stdout and stderr too, because the reader of the
  // command's output waits for the end of the pipe.
  const int kept = second < 0 ? -1 : fcntl(second, F_DUPFD_CLOEXEC, 2);
  dup2(socket, 0);
  if (kept >= 0) dup2(kept, 1);
  close_from(kept >= 0 ? 2 : 1);
  const GuardLink successor(-1, kept >= 0 ? 1 : -1);
  Progress progress(ladder);
  std::optional<HeldProcess> command;
  pid_t group = 0;
  bool is_traced = false;
  std::vector<HeldProcess> others;
  GuardMessage message = {.kind = GuardMessage::Kind::kGoodbye};
  int fd = -1;
  while (receive_message(0, message, fd)) {
    switch (message.kind) {
      case GuardMessage::Kind::kCommand:
        command = {.pid = message.pid, .pidfd = fd};
        group = message.group;
        break;
      case GuardMessage::Kind::kOther: {
        if (fd < 0) break;
        const HeldProcess told = {.pid = message.pid, .pidfd = fd, .is_asked = message.is_asked};
        const bool is_known = (command && takes(*command, told)) ||
                              std::any_of(others.begin(), others.end(),
                                          [&](HeldProcess& other) { return takes(other, told); });
        if (!is_known) others.push_back(told);
        break;
      }
      case GuardMessage::Kind::kProgress:
        progress = message.progress;
        break;
      case GuardMessage::Kind::kTraced:
        is_traced = true;
        break;
      case GuardMessage::Kind::kGoodbye:
        _exit(0);
    }
  }
  if (command && command->pidfd >= 0) {
    OrphanedCommand(*command, group, is_traced, std::move(others), progress, cleanup.mark,
                    successor)
        .end(wrapper);
  }
  for (const std::string& file : cleanup.files) std::remove(file.c_str());
  successor.dismiss();
  _exit(0);
}

}  // namespace

GuardLink start_guards(const Ladder& ladder, const Cleanup& cleanup, char** argv) {
  if (getpid() == 1) return GuardLink::none();
  const Channel first = open_channel();
  if (first.ours < 0) return GuardLink::none();
  const Channel second = open_channel();
  const std::string name = name_of_guard(cleanup.mark);
  const pid_t wrapper = getpid();

  // vfork(), because the child forks at once, and we wait for it anyway.
  // NOLINTBEGIN(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  const pid_t parent_of_guard = vfork();
  if (parent_of_guard == 0) {
    setsid();
    // Before the fork, so that a guard has its name before it runs. vfork() shares no name.
    prctl(PR_SET_NAME, name.c_str());
    const pid_t guard = fork();
    if (guard == 0) {
      wipe_command_line(argv, name);
      [[maybe_unused]] const int cannot_fail = chdir("/");
      signal(SIGCHLD, SIG_IGN);  // the second guard is reaped by the kernel
      if (second.ours >= 0 && fork() == 0) stand_by(second.theirs, -1, wrapper, ladder, cleanup);
      stand_by(first.theirs, second.ours, wrapper, ladder, cleanup);
    }
    _exit(guard < 0 ? 1 : 0);
  }
  // NOLINTEND(clang-analyzer-unix.Vfork,clang-analyzer-security.insecureAPI.vfork)
  close(first.theirs);
  close(second.theirs);
  int status = -1;
  if (parent_of_guard > 0) waitpid(parent_of_guard, &status, 0);
  if (status == 0) return {first.ours, second.ours};
  close(first.ours);
  close(second.ours);
  return GuardLink::none();
}

}  // namespace covenv::supervise
